"""Compiled inner loops of network design."""
