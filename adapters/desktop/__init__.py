"""Agents' desktops: one WebSocket each, fed from the journal (docs/desktops.md)."""
