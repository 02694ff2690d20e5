"""Tuning: a search for the weights of a policy that serve a stated objective better."""
