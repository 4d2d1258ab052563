"""Compiled kernels of inventory routing."""
