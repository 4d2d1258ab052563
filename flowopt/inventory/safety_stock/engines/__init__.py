"""The engines of guaranteed-service safety stock."""
