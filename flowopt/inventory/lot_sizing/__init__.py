"""Lot sizing: when to make or order how much, for demand that varies over time."""
