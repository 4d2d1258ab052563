"""The engines for transportation."""
