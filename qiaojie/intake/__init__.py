"""Intake (导入): a workbook that somebody handed in is read, planned against the registry, committed, and undone if wrong."""
