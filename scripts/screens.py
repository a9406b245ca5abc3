"""Take the pictures of docs/images and of the handbook anew (``make screens``), of the demo in a folder of its own.

What a picture of the handbook shows, its task says (``[shot]`` in ``qiaojie/web/handbook``). A picture that cannot be taken
keeps its former state; it is named at the end, and the exit status is 1. Names after the command take those pictures alone.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Error, FilePayload, Page, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
TASKS = ROOT / "qiaojie" / "web" / "handbook"
HANDBOOK = ROOT / "qiaojie" / "web" / "static" / "web" / "handbook"
PASSWORD = "qiaojie-demo-2023"  # noqa: S105 - printed for everybody
WIDE, PHONE = (1280, 860), (390, 844)
READER, SHOWN = (1200, 750), (960, 600)
"""The page that is taken for the handbook, and the picture that is kept of it: text can still be read in it."""
LARGEST = 60_000
"""Bytes of a picture of the handbook; it gets fewer colours until it has no more."""
COLOURS = 64
"""Colours a picture is cut down to: pages have few, and a repository keeps every version."""

ROSTER = """序号,姓名,性别,身份证号,残疾人证号,户籍地（乡镇、街道）,联系电话,培训班名称,开班日期,结业日期,是否结业,备注
1,秦月华,女,500000198003078124,50000019800307812443,名山街道,19000003001,蜀绣初级班,2023-07-03,2023-07-21,是,
2,罗小兰,女,5.00E+17,50000019850412904943,名山街道,19000003002,蜀绣初级班,2023-07-03,2023-07-21,是,
3,向春梅,女,500000197906150021,50000019790615002243,三合街道,19000003003,蜀绣初级班,2023-07-03,2023-13-21,是,
"""
"""What somebody hands in: a number that a spreadsheet has rounded, a check digit and a day that cannot be."""


def hand_in(page: Page) -> None:
    """The plan of a file."""
    file: FilePayload = {"name": "名册.csv", "mimeType": "text/csv", "buffer": ROSTER.encode("utf-8-sig")}
    page.set_input_files("#file", file)
    page.click("details summary:has-text('自己指定')")
    page.select_option("#table", "chongqing-work-2023/roster")
    page.click("main button.first")
    page.wait_for_selector(".findings")


def mend(page: Page) -> None:
    """A cell of it that is wrong, open to be mended."""
    hand_in(page)
    page.locator(".findings summary").first.click()


def paste(page: Page) -> None:
    """The same rows as they come from a sheet."""
    page.fill("main textarea", ROSTER.replace(",", "\t"))


def seek(page: Page) -> None:
    """The box of every page, answering."""
    page.keyboard.press("/")
    page.keyboard.type("xy")
    page.wait_for_selector("#seek-found a")


PICTURES = (
    ("home", "fengdu-clerk", "/", WIDE, False),
    ("board", "city-approver", "/board/chongqing-work-2023/", WIDE, False),
    ("ledger", "fengdu-clerk", "/ledgers/classes/?sort=-ends", WIDE, False),
    ("review", "fengdu-approver", "/ledgers/enrolments/review/", WIDE, False),
    ("course", "fengdu-approver", "/board/chongqing-work-2023/vocational_training/course/", WIDE, True),
    ("phone", "fengdu-approver", "/", PHONE, False),
    ("plan", "fengdu-clerk", "/intake/new/", WIDE, False),
    ("search", "fengdu-clerk", "/", (1280, 620), False),
)
"""Name of the file, account, address, size, and whether in the dark."""
ACTS = {"plan": hand_in, "mend": mend, "pasted": paste, "search": seek}
"""What is done on the page before its picture is taken."""


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


def handbook(browser: Browser, base: str, wanted: set[str]) -> list[str]:
    """Write the picture of every task; what could not be taken, with the reason."""
    HANDBOOK.mkdir(parents=True, exist_ok=True)
    failed: list[str] = []
    pages: dict[str, Page] = {}
    for path in sorted(TASKS.glob("*.toml")):
        if wanted and path.stem not in wanted:
            continue
        shot = tomllib.loads(path.read_text(encoding="utf-8"))["shot"]
        account = shot.get("account", "")
        try:
            if account not in pages:
                pages[account] = (
                    entered(browser, base, account, READER, dark=False)
                    if account
                    else browser.new_page(viewport={"width": READER[0], "height": READER[1]}, locale="zh-CN")
                )
            keep_small(taken(pages[account], base, shot), HANDBOOK / f"{path.stem}.png")
        except Error as fault:
            failed.append(f"{path.stem}: {fault.message.splitlines()[0]}")
    for page in pages.values():
        page.context.close()
    return failed


def taken(page: Page, base: str, shot: dict[str, Any]) -> Image.Image:
    """The picture that a task asks for. Raises playwright's Error where something of it is not there."""
    answer = page.goto(base + shot["address"])
    if answer is None or not answer.ok:
        raise Error(f"{shot['address']} answers {answer and answer.status}")
    if "act" in shot:
        ACTS[shot["act"]](page)
    for selector in shot.get("press", ()):
        with page.expect_navigation(timeout=20_000):
            page.locator(selector).first.click(timeout=5_000)
    if shot.get("show"):
        page.locator(shot["show"]).first.evaluate(
            "part => part.scrollIntoView({block: 'center'})", timeout=5_000
        )
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB").resize(SHOWN, Image.Resampling.LANCZOS)


def keep_small(picture: Image.Image, path: Path) -> None:
    """Write a picture with as many colours as its size allows."""
    for colours in (COLOURS, 32, 16, 8):
        out = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= LARGEST:
            break
    path.write_bytes(out.getvalue())


def main() -> int:
    """Write every picture, or those that are named; the exit status."""
    wanted = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as home, served(home) as base, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        failed = handbook(browser, base, wanted)
        for name, account, address, size, dark in PICTURES:
            if wanted and name not in wanted:
                continue
            page = entered(browser, base, account, size, dark=dark)
            page.goto(base + address)
            if name in ACTS:
                ACTS[name](page)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
            picture.save(IMAGES / f"{name}.png", optimize=True)
            page.context.close()
        browser.close()
    for line in failed:
        print(line, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
