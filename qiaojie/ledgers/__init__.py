"""Ledgers (台账): each kind of fact declared once; lists, filters, masks, exports, approval and undo come from that."""

PUBLIC = (
    "approving",
    "changing",
    "confirming",
    "declaration",
    "following",
    "hands",
    "joining",
    "journal",
    "limits",
    "models",
    "pending",
    "proposals",
    "queries",
    "returned",
    "review",
    "rows",
    "services",
    "sight",
    "signals",
    "statements",
    "tracing.rowmarks",
    "tracing.witnessing",
    "undoing",
    "viewer",
)
"""Modules that other rooms may import; the rest is this room's own."""
