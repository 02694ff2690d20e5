"""Real-time statistics: a fold of the journal, with constant work for each event."""
