"""The engines of inventory routing."""
