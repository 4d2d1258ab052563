"""The engines of the flow room, one file each."""
