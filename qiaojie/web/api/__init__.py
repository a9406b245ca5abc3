"""The API: what programs read and hand in, with the rights of an account's access key."""
