"""Short messages and social media: one server of webhooks, and the providers' own APIs."""
