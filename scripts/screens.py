"""Take the pictures of docs/images anew (``make screens``), of the demo in a folder of its own."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
PASSWORD = "qiaojie-demo-2023"  # noqa: S105 - printed for everybody
WIDE, PHONE = (1280, 860), (390, 844)
COLOURS = 64
"""Colours a picture is cut down to: pages have few, and a repository keeps every version."""

PICTURES = (
    ("home", "fengdu-clerk", "/", WIDE, False),
    ("board", "city-approver", "/board/chongqing-work-2023/", WIDE, False),
    ("ledger", "fengdu-clerk", "/ledgers/classes/?sort=-ends", WIDE, False),
    ("review", "fengdu-approver", "/ledgers/enrolments/review/", WIDE, False),
    ("course", "fengdu-approver", "/board/chongqing-work-2023/vocational_training/course/", WIDE, True),
    ("phone", "fengdu-approver", "/", PHONE, False),
)
"""Name of the file, account, address, size, and whether in the dark."""


@contextmanager
def served(home: str) -> Iterator[str]:
    """The demo on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "QIAOJIE_HOME": home}
    command = [sys.executable, "-m", "qiaojie.cli.main"]
    subprocess.run(
        [*command, "demo", "--once"], env=environment, check=True, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    server = subprocess.Popen(
        [*command, "serve", "--port", str(port), "--no-worker"], env=environment, cwd=ROOT
    )
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def entered(browser: Browser, base: str, account: str, size: tuple[int, int], *, dark: bool) -> Page:
    """A page of somebody who has signed in."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale="zh-CN",
        color_scheme="dark" if dark else "light",
    )
    page = context.new_page()
    page.goto(f"{base}/sign-in/")
    page.fill("[name=username]", account)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{base}/")
    return page


def main() -> None:
    """Write every picture."""
    with tempfile.TemporaryDirectory() as home, served(home) as base, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        for name, account, address, size, dark in PICTURES:
            page = entered(browser, base, account, size, dark=dark)
            page.goto(base + address)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
            picture.save(IMAGES / f"{name}.png", optimize=True)
            page.context.close()
        browser.close()


if __name__ == "__main__":
    main()
