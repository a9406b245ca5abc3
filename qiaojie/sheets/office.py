"""Old text documents through LibreOffice, where it is installed: doc, WPS wps, odt and rtf become docx.

The program runs as a stranger would: in a throw-away profile, without macros, links, plug-ins or network, with bounded time
and memory, and what it leaves is judged like any other file that was handed in.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from django.utils.translation import gettext as _

from . import file_limits

SECONDS = 90
"""How long a document may take; a cold start is two or three of them."""

MEMORY = 6 * 1024**3
"""Address space of the program, in bytes; what it really uses is a tenth."""

LARGEST = 512 * 1024**2
"""The largest file that it may write, in bytes."""

_NAMES = ("soffice", "libreoffice")
_NOWHERE = "http://127.0.0.1:9"

# Macros never run, nothing is fetched for a document, and a proxy that is not there stands before the network.
_SETTINGS = {
    "Common/Security/Scripting": {
        "MacroSecurityLevel": "3",
        "DisableMacrosExecution": "true",
        "DisableActiveContent": "true",
        "BlockUntrustedRefererLinks": "true",
    },
    "Writer/Content/Update": {"Link": "2"},
    "Inet/Settings": {
        "ooInetProxyType": "2",
        "ooInetHTTPProxyName": "127.0.0.1",
        "ooInetHTTPProxyPort": "9",
        "ooInetHTTPSProxyName": "127.0.0.1",
        "ooInetHTTPSProxyPort": "9",
    },
}


def program() -> str | None:
    """Where LibreOffice is; None where it is not installed."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def as_docx(data: bytes, form: str, name: str) -> bytes:
    """The document as docx. ``form`` is doc, odt or rtf.

    Raises Unusable ``office_missing`` with what to do without LibreOffice, and ``office_failed`` where it gives nothing
    back: a damaged file, one with a password, or one that takes longer than ``SECONDS``.
    """
    found = program()
    if found is None:
        text = _(
            "“%s”是旧版文字文档，这台服务器没有安装 LibreOffice，读不了。请用 Word 或 WPS 另存为 docx 后再上传，"
            "或请管理员安装 libreoffice-writer。"
        )
        file_limits.fail("office_missing", text % name)
    with tempfile.TemporaryDirectory(prefix="document-", ignore_cleanup_errors=True) as folder:
        made = _convert(found, data, form, Path(folder))
    if made is None:
        text = _("“%s”转换不成 docx（可能已损坏或设有密码），请用 Word 或 WPS 另存为 docx 后再上传。")
        file_limits.fail("office_failed", text % name)
    return made


def _convert(found: str, data: bytes, form: str, folder: Path) -> bytes | None:
    source, profile, out = folder / f"document.{form}", folder / "profile", folder / "out"
    source.write_bytes(data)
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_settings(), encoding="utf-8")
    # The file's own name never reaches the command line.
    command = [
        found, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--invisible", "--norestore", "--nolockcheck",
        "--nodefault", "--nologo", "--nofirststartwizard", "--convert-to", "docx:MS Word 2007 XML",
        "--outdir", str(out), str(source),
    ]  # fmt: skip
    surroundings = {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "http_proxy": _NOWHERE,
        "https_proxy": _NOWHERE,
    }
    running = subprocess.Popen(  # noqa: S603
        command,
        env=surroundings,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        for limit, most in (
            (resource.RLIMIT_AS, MEMORY),
            (resource.RLIMIT_CPU, SECONDS),
            (resource.RLIMIT_FSIZE, LARGEST),
        ):
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(running.pid, limit, (most, most))
        running.wait(SECONDS)
    except subprocess.TimeoutExpired:
        return None
    finally:
        # It starts programs of its own, which outlive the one that was asked.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    made = out / "document.docx"
    return made.read_bytes() if made.is_file() else None


def _settings() -> str:
    items = "".join(
        f'<item oor:path="/org.openoffice.{"Office." if not path.startswith("Inet") else ""}{path}">'
        f'<prop oor:name="{key}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, pairs in _SETTINGS.items()
        for key, value in pairs.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{items}</oor:items>"
    )
