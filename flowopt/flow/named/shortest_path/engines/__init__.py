"""The engines for shortest paths, one file each."""
