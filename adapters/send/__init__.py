"""CSV exports into the queue: read a table, map rows to commands, send them, account for each."""
