"""Scenarios: who gets in touch and when, who works, for how long. Simulated and played live."""
