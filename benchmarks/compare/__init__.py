"""Two runs of a benchmark beside each other: what has changed beyond the noise."""
