"""The whole service in one thread, in virtual time, on a model of Redis: any fault, any order,
and the same again from its seed. See docs/simulation.md.
"""
