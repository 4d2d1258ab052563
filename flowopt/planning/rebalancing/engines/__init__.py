"""The engines for rebalancing."""
