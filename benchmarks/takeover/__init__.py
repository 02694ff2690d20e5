"""How long matching pauses when the leading router is killed, stopped, restarted or replaced."""
