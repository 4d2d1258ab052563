"""Shipping from origins to destinations at least cost, each pair directly."""
