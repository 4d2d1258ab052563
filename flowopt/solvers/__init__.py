"""Thin adapters to solver libraries, knowing nothing of logistics."""
