"""Compiled inner loops of lot sizing."""
