"""The models that routing is judged on; each builds instances from its own parameters."""
