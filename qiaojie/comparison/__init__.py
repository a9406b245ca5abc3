"""Lists of outside systems held against the registry."""
