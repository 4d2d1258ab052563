"""Files in, files out: benchmark instances, solutions."""
