"""Policies in force: their versions in the journal, how they differ, and how one is applied."""
