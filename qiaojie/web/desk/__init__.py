"""The desk: pages for the staff of agencies."""
