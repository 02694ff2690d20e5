"""Media: what is said in conversations, and the interface of adapters (docs/media.md)."""
