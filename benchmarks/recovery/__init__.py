"""How long recovery takes: from a snapshot, and by replay of the journal."""
