"""Several tenants in one router process: each apart from the others, all with their turn."""
