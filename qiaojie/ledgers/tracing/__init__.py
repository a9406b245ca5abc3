"""What a row says as a short hash, and lines that the product wrote it."""
