"""Real media beside the demo's hour: adapters, customers who write and call, what became of it."""
