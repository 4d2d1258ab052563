"""The engines of lot sizing."""
