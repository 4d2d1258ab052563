"""Compiled inner loops of the inventory room: arrays in, arrays out."""
