"""Targets (任务数): figures of the notice, versions decided since, splits over children, and what waits to be split."""
