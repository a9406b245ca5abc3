"""Folders of data (通知、台账的文件夹): read strictly, every fault named with file and key."""

PUBLIC = ("declaring", "faults", "nearest")
"""Modules that other rooms may import; the rest is this room's own."""
