"""flowopt measured: published instances, peers side by side, speed and scale."""
