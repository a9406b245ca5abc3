"""Forty people who sign in at once leave the pages of a real server usable."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from qiaojie.accounts.credentials import hashing
from tests.house.source import ROOT

pytestmark = [pytest.mark.long, pytest.mark.once]

PEOPLE = 40
SLOWEST = 5.0
"""Seconds that a page may take meanwhile, on a machine that does other things as well; without turns it took eleven."""


def command(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "qiaojie.cli.main", *arguments]


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QIAOJIE_")}
    return {**kept, "QIAOJIE_HOME": str(home), "PYTHONPATH": str(ROOT)}


@contextmanager
def served(home: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = command(home, "serve", "--port", str(port), "--no-worker")
    server = subprocess.Popen(arguments, env=environment(home), stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(30)


class Browser:
    """A browser with its cookies."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, dict[str, str]()

    def ask(self, method: str, path: str, body: str = "") -> tuple[int, str, str]:
        """Status, page, and after how many seconds one may come again."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        page = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _is, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        connection.close()
        return answer.status, page, answer.headers.get("Retry-After", "")

    def form(self) -> str:
        found = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', self.ask("GET", "/sign-in/")[1])
        assert found is not None
        return found[1]

    def sign_in(self, token: str, name: str, password: str) -> tuple[int, str]:
        given = {"csrfmiddlewaretoken": token, "username": name, "password": password}
        status, _page, again = self.ask("POST", "/sign-in/", urlencode(given))
        return status, again


def test_forty_who_sign_in_at_once_leave_the_pages_usable(tmp_path: Path) -> None:
    opened = subprocess.run(
        command(tmp_path, "account", "first", "--holder", "卫某", "--role", "system", "--region", "重庆市",
                "--agency", "重庆市残疾人联合会"),
        env=environment(tmp_path), capture_output=True, text=True, check=True,
    )  # fmt: skip
    password = re.search(r"[A-Za-z0-9]{4}(?:-[A-Za-z0-9]{4}){3}", opened.stdout)
    assert password is not None
    with served(tmp_path) as port:
        people = [Browser(port) for _ in range(PEOPLE)]
        tokens = [one.form() for one in people]
        reader, took, over = Browser(port), list[float](), threading.Event()

        def read() -> None:
            while not over.is_set():
                begun = time.monotonic()
                assert reader.ask("GET", "/handbook/")[0] == 200
                took.append(time.monotonic() - begun)

        with ThreadPoolExecutor(PEOPLE + 1) as pool:
            reading = pool.submit(read)
            answers = list(
                pool.map(
                    lambda number: people[number].sign_in(tokens[number], f"nobody{number}", "wrong"),
                    range(PEOPLE),
                )
            )
            over.set()
            reading.result()
        told = Counter(status for status, _again in answers)
        assert set(told) == {422, 503} and told[422] >= hashing.AT_ONCE + 2
        assert {again for status, again in answers if status == 503} == {str(hashing.AGAIN_IN)}
        assert max(took) < SLOWEST
        assert people[0].sign_in(tokens[0], "first", password[0])[0] == 302, "then there is room again"
