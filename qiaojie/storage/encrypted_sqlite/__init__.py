"""Django's way to a SQLite file that is encrypted whole: what ``ENGINE`` names."""
