"""What is imported is declared: nothing is used that only happens to come along with something else."""

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest
from django.conf import settings

from tests.house.source import ROOT, files, named

PRODUCT, DEVELOPMENT = "requirements.in", "requirements-dev.in"
MEASURING = "qiaojie/bench/"
"""The one room that runs on what checks and tests the product: it measures other libraries beside ours."""
FIRST_RUN = "scripts/messages.py"
"""The one script that setting up runs before those are installed."""


def _declared(name: str) -> set[str]:
    """The packages that a file of requirements names, and those of the files that it takes in."""
    found: set[str] = set()
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if taken := re.match(r"-r (\S+)", line):
            found |= _declared(taken[1])
        elif package := re.match(r"[\w.-]+", line):
            found.add(_canonical(package[0]))
    return found


def _canonical(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def _imported(source: str) -> set[str]:
    """The packages that a module imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(source)))
    whole = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    parts = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.partition(".")[0] for name in whole | parts if name} - sys.stdlib_module_names


def _for_product(name: str) -> bool:
    return name == FIRST_RUN or (name.startswith("qiaojie/") and not name.startswith(MEASURING))


@pytest.mark.parametrize("requirements", [PRODUCT, DEVELOPMENT])
def test_what_is_imported_is_declared(requirements: str) -> None:
    declared, distributed = _declared(requirements), packages_distributions()
    asked = [path for path in files(".py") if _for_product(named(path)) == (requirements == PRODUCT)]
    undeclared = {
        f"{named(path)}: {package}"
        for path in asked
        for package in _imported(path.read_text(encoding="utf-8")) - {"qiaojie", "scripts", "tests"}
        if declared.isdisjoint(map(_canonical, distributed.get(package, [])))
    }
    assert len(asked) > 20
    assert not undeclared


def test_what_the_settings_name_is_declared() -> None:
    named_there = {entry.partition(".")[0] for entry in (*settings.INSTALLED_APPS, *settings.MIDDLEWARE)}
    distributed = packages_distributions()
    owners = {name: set(map(_canonical, distributed.get(name, []))) for name in named_there - {"qiaojie"}}
    assert len(owners) > 3
    assert not {name for name, packages in owners.items() if packages.isdisjoint(_declared(PRODUCT))}


def test_imports_are_found_wherever_they_stand() -> None:
    source = (
        "import os\nfrom . import a\nfrom .b import c\ndef f():\n import lxml.etree, d\n from e.f import g\n"
    )
    assert _imported(source) == {"lxml", "d", "e"}
