"""Compiled inner loops of the simulation: arrays in, arrays out."""
