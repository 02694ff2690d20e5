"""What endpoints share: who asks, bodies, answers, conditions, pages, descriptions."""
