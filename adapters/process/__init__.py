"""What every process of ours needs: signals, turns with others, children that end with it."""
