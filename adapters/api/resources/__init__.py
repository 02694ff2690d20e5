"""Resources: one file of endpoints each, and what they tell."""
