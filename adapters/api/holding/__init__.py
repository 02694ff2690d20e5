"""What a process holds of each tenant, so that nothing is told by walking the state."""
