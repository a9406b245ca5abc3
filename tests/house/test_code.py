"""What no module of the product does."""

import ast
import re
from collections.abc import Iterator

from django.conf import settings

from tests.house.source import files, modules, named

RUN_WHAT_THEY_READ = {"pickle", "cPickle", "marshal", "shelve", "dill", "jsonpickle", "joblib", "yaml"}
"""Modules whose files and bytes can name what the program is to do when it reads them."""


ASKS_WHICH_DATABASE = re.compile(r"\.vendor\b|\bas_(?:sqlite|postgresql)\b")


def test_which_database_there_is_is_asked_in_one_module() -> None:
    asking = {
        named(path) for path in modules() if ASKS_WHICH_DATABASE.search(path.read_text(encoding="utf-8"))
    }
    assert asking == {"qiaojie/lib/dialects.py"}


def test_no_kept_byte_is_run() -> None:
    found = [
        f"{named(path)}:{line} {word}"
        for path in [*modules(), *files(".py", under="scripts")]
        for word, line in _words_that_run(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"


def _words_that_run(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Imports of ``RUN_WHAT_THEY_READ`` and calls of eval and exec, with their lines."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names if name.name in RUN_WHAT_THEY_READ)
        elif isinstance(node, ast.ImportFrom) and node.module in RUN_WHAT_THEY_READ:
            yield node.module, node.lineno
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"eval", "exec"}
        ):
            yield node.func.id, node.lineno
