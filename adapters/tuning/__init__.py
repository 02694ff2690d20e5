"""What a search for weights is asked for: objectives, as people write them, and the presets."""
