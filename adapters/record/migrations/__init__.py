"""The record's tables through time, by Alembic: one file for each revision, in ``versions``."""
