"""Connectors: what other systems know of a customer, asked when the record is shown.

Each source has a deadline and a cache of its own; one that is down is told as that, and holds up
nobody. Each fact says where it came from, and how old it is.
"""
