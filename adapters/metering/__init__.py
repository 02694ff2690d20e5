"""Prometheus metrics, counted from the journal's events alone."""
