"""Serial systems: stages in a line, each supplied by the one before it."""
