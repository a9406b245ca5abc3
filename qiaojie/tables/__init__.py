"""Official forms as trees of columns: drawn, filled, printed and read back. No models."""
