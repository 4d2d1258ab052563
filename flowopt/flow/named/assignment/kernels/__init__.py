"""The compiled loops of assignment."""
