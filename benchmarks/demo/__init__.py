"""The demo: a compressed hour of a mixed contact center on a real router, then a report."""
