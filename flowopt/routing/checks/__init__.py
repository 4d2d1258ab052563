"""The parts of the check: each recomputes one thing, by arithmetic that it shares with nobody."""
