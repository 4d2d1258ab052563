"""Compiled inner loops of the forecast room: arrays in, arrays out."""
