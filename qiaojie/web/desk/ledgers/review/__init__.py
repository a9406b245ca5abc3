"""Review of what waits: its page by units and groups, the steps that rows take, and what a refused one answers."""
