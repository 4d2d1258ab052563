"""The textbook models of single items, for whole columns at once."""
