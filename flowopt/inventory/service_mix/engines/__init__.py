"""The engines of service mixes."""
