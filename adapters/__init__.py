"""Everything that touches the outside: Redis, the command line, metrics, the checker."""
