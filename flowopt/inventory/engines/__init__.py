"""The engines of replenishment."""
