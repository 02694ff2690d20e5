"""Projections: the state of a tenant, folded from its journal for reading, with a feed of records."""
