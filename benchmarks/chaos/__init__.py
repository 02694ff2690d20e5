"""Chaos: routers, a server and gateways as real processes, real faults, and a verdict.

The verdict rests on ledgers that the clients keep: what the server has acknowledged to them, and
what they were told. Neither the router nor its journal has a say in these.
"""
