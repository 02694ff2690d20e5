"""The wallboard: the whole floor in figures that are kept while the journal is followed."""
