"""Stories that the demo always tells with the same numbers, whatever its size."""
