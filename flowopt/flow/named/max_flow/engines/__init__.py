"""The engines for maximum flow, one file each."""
