"""Projections: a tenant's state, folded from its journal for reading, with a feed of records."""
