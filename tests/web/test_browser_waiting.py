"""A click waits for the whole page that it leads to, also where the page comes in pieces."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser

PAUSE = 0.4
"""Seconds between the two halves of a page: many times what a script needs to ask for it."""


class _InPieces(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b'<!doctype html><title>x</title><a href="/next">next</a><ul><li>1</li>')
        self.wfile.flush()
        if self.path == "/next":
            time.sleep(PAUSE)
        self.wfile.write(b"<li>2</li></ul>")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def slow() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _InPieces) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_what_counts_after_a_click_sees_the_whole_page(browser: Browser, slow: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(slow)
    page.get_by_role("link", name="next").click()
    assert page.locator("li").count() == 2
    page.go_back()
    page.get_by_role("link", name="next").press("Enter")
    assert page.locator("li").count() == 2
    context.close()
