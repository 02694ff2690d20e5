"""Submitting: a command goes to the inbound stream, and its verdict is read from the journal."""
