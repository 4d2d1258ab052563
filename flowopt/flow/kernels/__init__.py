"""Compiled inner loops of the flow room: arrays in, arrays out."""
