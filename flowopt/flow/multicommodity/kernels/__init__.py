"""Compiled inner loops of multi-commodity flow: shortest paths and the restricted master."""
