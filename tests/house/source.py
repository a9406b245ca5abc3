"""The source as the house's tests see it: its files, its rooms, and which room stands above which."""

import re
import subprocess
import tomllib
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
