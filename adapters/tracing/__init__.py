"""Traces of interactions from arrival to acceptance, made from the journal; an optional extra."""
