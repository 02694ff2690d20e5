"""Scoring: how well an agent fits a demand, as arrays of integers. Knows nothing of queues."""
