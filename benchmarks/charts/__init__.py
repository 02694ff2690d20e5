"""Reports as self-contained HTML pages: measurements drawn for people who decide."""
