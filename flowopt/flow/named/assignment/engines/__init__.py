"""The engines for assignment, one file each."""
