"""Official documents as data: indicators, targets, criteria, tables, duties and what each number means."""
