"""Compiled inner loops of stock at several echelons: arrays in, arrays out."""
