"""The engines of network design, one file each."""
