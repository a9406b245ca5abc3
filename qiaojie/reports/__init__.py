"""Official forms filled from ledgers and measures."""
