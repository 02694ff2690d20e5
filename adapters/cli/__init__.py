"""The command line: one thin file for each command; what they do lives beside them in adapters."""
