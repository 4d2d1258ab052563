"""The compiled loops of shortest paths."""
