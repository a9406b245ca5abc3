"""Settings, addresses and start-up: names everything, imported by nothing."""
