"""A model of Redis: what a server answers, and when. Held against real servers by tests."""
