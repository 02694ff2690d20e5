"""Exact answers for small models: what the simulator is held against."""
