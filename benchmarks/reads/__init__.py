"""How long the API takes to answer questions about a large floor."""
