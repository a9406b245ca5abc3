"""The dated tree of divisions and zones, their successions, and the editions in which notices list them."""
