"""Items with service targets: levels, reorder points and the orders of today."""
