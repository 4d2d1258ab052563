"""Inventory routing: whom to visit in which period, how much to bring, and by which routes."""
