"""Files and rows handed in: received, looked through, decided about, written, taken back."""
