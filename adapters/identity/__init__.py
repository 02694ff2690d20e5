"""Who asks, and what they may: API keys, bearer tokens, roles and permissions."""
