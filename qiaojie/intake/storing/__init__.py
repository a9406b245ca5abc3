"""What is kept: files with their decisions and plans, rows of ledgers with where they came from, drafts, open questions."""
