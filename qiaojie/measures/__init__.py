"""Indicators counted from approved facts: who counts, for which unit, since which day; totals kept beside them."""
