"""Layers about the app: bounds, patience, the log, room, admission, denials, idempotency."""
