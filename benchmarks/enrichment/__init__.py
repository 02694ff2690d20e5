"""What enrichment adds to creating an interaction."""
