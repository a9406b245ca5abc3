"""The rows of declared ledgers: their models are built when a process starts (``declared.running``), and have no migrations."""
