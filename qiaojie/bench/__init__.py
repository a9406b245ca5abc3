"""The product measured against what a good developer would write by hand: ``python -m qiaojie.bench``."""
