"""What was found in a file, for people: in words, a page at a time, and marked in the file itself."""
