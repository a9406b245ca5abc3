"""Official documents as data: indicators, targets, criteria, tables, duties and what each number means."""

PUBLIC = (
    "chasing",
    "checking",
    "choice_labels",
    "describing",
    "divisions",
    "duties",
    "forms",
    "ledger_fields",
    "matrix",
    "models",
    "naming",
    "queries",
    "rulings",
    "schema",
    "services",
    "shape",
    "standard",
    "switching",
    "systems",
    "targets.figures",
    "targets.splitting",
    "targets.target_versions",
    "targets.unsplit",
)
"""Modules that other rooms may import; the rest is this room's own."""
