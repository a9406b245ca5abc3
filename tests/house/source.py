"""The source as the house's tests see it: its files, its rooms, and which room stands above which."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "qiaojie"
TEXT = {"", ".cfg", ".css", ".csv", ".html", ".in", ".js", ".lock", ".md", ".po", ".py", ".sh", ".svg", ".toml", ".tsv",
        ".txt", ".yml"}  # fmt: skip


def files(*suffixes: str, under: str = "") -> list[Path]:
    """The files that are, or on the next commit would be, in the repository; only text unless suffixes are named."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", under or "."]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return sorted(path for path in paths if path.suffix in (suffixes or TEXT) and path.is_file())


def modules() -> list[Path]:
    """The Python files of the product, without what Django generates."""
    return [path for path in files(".py", under="qiaojie") if "migrations" not in path.parts]


def named(path: Path) -> str:
    """A path as a message shows it."""
    return path.relative_to(ROOT).as_posix()


def layers() -> list[set[str]]:
    """The rooms of the house from the top down; those of one set do not know each other."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(one for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    return [set(re.split(r"\s*[|:]\s*", line)) for line in contract["layers"]]


def heights() -> dict[str, int]:
    """Room -> how high it stands: the lowest is 0."""
    return {room: height for height, rooms in enumerate(reversed(layers())) for room in rooms}


def rooms() -> list[str]:
    """All rooms of the house by name."""
    return sorted(room for line in layers() for room in line)


@cache
def imports() -> list[tuple[Path, str, str]]:
    """Every import of one of our modules by another, wherever it stands: the file, its module, the module it takes."""
    known = {_module(path): path for path in modules()}
    return [(path, name, taken) for name, path in known.items() for taken in _taken(path, name, set(known))]


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def _taken(path: Path, name: str, known: set[str]) -> Iterator[str]:
    here = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                whole = [alias.name for alias in node.names]
            case ast.ImportFrom(module=module, level=level):
                parts = here.split(".")[: len(here.split(".")) - level + 1] if level else []
                base = ".".join([*parts, *([module] if module else [])])
                whole = [f"{base}.{alias.name}" for alias in node.names]
            case _:
                continue
        for one in whole:
            found = one
            # What is no module is something in one.
            while found and found not in known:
                found = found.rpartition(".")[0]
            if found and found != name:
                yield found
