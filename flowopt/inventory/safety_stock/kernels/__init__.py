"""Compiled messages between the times of neighbouring stages."""
