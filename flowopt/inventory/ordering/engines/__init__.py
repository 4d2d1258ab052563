"""The engines of ordering."""
