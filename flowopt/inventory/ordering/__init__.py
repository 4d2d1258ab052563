"""Orders of today under minimums, packs, maximums and limits that items share."""
