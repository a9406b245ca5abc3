"""Rules over pairs and groups of rows: five named shapes, with their parameters as data. What one row says is a condition's."""
