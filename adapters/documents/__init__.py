"""Documents that people write (YAML), and what is said of their faults: file, line, column."""
