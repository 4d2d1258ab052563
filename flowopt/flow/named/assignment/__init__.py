"""Pairing agents with tasks at least cost, each at most once."""
