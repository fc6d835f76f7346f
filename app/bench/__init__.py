"""How long each step takes, beside the plain way of doing the same."""
