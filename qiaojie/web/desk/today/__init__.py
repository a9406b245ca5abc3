"""What waits today, searching, handing over, how pages look: what stands over all other subjects."""
