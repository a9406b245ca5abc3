"""What lines of values would do to the registry: whom they mean, what they change, what is wrong with them. Writes nothing."""
