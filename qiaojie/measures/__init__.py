"""Indicators counted from approved facts: who counts, for which unit, since which day; totals kept beside them."""

PUBLIC = (
    "approval_effects",
    "days",
    "disputes",
    "divisions",
    "engine",
    "facts",
    "gaps",
    "models",
    "near_misses",
    "queries",
    "ranking",
    "services",
    "townships",
    "waiting",
    "year_entry",
    "year_totals",
)
"""Modules that other rooms may import; the rest is this room's own."""
