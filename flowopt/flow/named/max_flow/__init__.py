"""The most that can go from some sites to others, and the cut that limits it."""
