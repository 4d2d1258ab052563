"""Compiled loops of the sweep: arrays in and out."""
