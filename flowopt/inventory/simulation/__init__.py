"""Plays policies against demand, period by period: what they achieve, rather than promise."""
