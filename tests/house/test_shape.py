"""The shape of the house below its rooms: no circle of modules, no folder too full to be seen at a glance, no overused name."""

import ast
from collections import Counter, defaultdict
from graphlib import CycleError, TopologicalSorter

from tests.house.source import imports, modules, named

FULLEST = 25
"""Modules in one folder, at most: more are not taken in at a glance, and the folder is two."""

NAMESAKES = 2
"""Modules that may have a top-level class of one name: a kept row and the declaration it comes from may share theirs."""


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Imports inside functions and those for types alone count like all others."""
    graph: dict[str, set[str]] = defaultdict(set)
    for _path, module, taken in imports():
        # A package is imported with each of its modules; that is no circle of theirs.
        if taken != module and not module.startswith(f"{taken}."):
            graph[module].add(taken)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        raise AssertionError(" -> ".join(circle.args[1])) from None


def test_no_folder_holds_more_modules_than_one_sees_at_a_glance() -> None:
    held = Counter(path.parent for path in modules() if path.name != "__init__.py")
    assert not {named(folder): number for folder, number in held.items() if number > FULLEST}


def test_a_class_name_says_its_subject() -> None:
    stands: dict[str, list[str]] = defaultdict(list)
    for path in modules():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                stands[node.name].append(named(path))
    assert not {name: paths for name, paths in stands.items() if len(paths) > NAMESAKES}
