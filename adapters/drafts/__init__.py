"""Drafts of a policy: written, checked, compared, approved, and put in force once."""
