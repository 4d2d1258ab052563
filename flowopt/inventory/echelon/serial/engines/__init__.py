"""The engines for serial systems."""
