"""Eligibility: what a requirement asks of an agent beyond the level in one skill.

Trees of requirements and expressions become *conditions*: each is one bit for every agent, kept
true as agents change, and asked by a choice like the level of a skill (docs/matching.md).
"""
