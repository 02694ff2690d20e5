"""Enrichment: what the customer record knows of somebody goes with their interaction to the router.

Before the command enters inbound, and within a deadline: the engine never waits for a database.
"""
