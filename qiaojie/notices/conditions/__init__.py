"""What notices ask by conditions: checks as limits of rows, criteria of bases, and that money is held against its unit."""
