"""Cheapest ways from sites to others, and the cycle on which cost falls without end."""
