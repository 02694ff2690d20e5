"""The HTTP API: an edge that adds commands to inbound and reads a projection of the journal."""
