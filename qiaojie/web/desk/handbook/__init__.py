"""经办手册: how the tasks of the desk are done."""
