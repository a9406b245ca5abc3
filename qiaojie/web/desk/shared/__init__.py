"""What the subjects of the desk share: what addresses ask for, lists, downloads, choices."""
