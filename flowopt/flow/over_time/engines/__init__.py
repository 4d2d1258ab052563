"""The engines for flow over time."""
