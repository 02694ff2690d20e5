"""A router as a process: it stands by, leads in its turn, and hands the lead over."""
