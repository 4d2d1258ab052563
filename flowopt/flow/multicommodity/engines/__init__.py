"""The engines of multi-commodity flow."""
