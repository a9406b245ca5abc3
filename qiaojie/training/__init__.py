"""Training: classes and who attended them."""
