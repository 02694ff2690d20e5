"""Two measurements of the engine beside each other: what has changed beyond the noise."""
