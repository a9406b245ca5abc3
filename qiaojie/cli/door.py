"""What answers at the address of a practice place until it is ready: how far it is, and then the place itself."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

_PAGE: Final = """<!doctype html>
<html lang="zh-Hans">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<noscript><meta http-equiv="refresh" content="5"></noscript>
<style>
body {{
  font: 1.1rem/1.7 sans-serif;
  max-width: 32rem;
  margin: 15vh auto;
  padding: 0 1.5rem;
  color: #1b2430;
  background: #faf8f3;
}}
li:last-child {{ font-weight: bold; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{lead}</p>
<ol aria-live="polite">{lines}</ol>
</main>
<script>
setInterval(function () {{
  fetch(location.href, {{cache: "no-store"}}).then(function (answer) {{
    return answer.status === 503 ? answer.text() : location.reload();
  }}).then(function (text) {{
    if (text) {{
      var told = new DOMParser().parseFromString(text, "text/html").querySelector("ol");
      if (told) {{ document.querySelector("ol").innerHTML = told.innerHTML; }}
    }}
  }}).catch(function () {{}});
}}, 1000);
</script>
</body>
</html>
"""
"""It looks again every second. Between the door and the place nobody answers for a moment; a script waits that out, and a
browser without scripts looks again less often."""


class Door:
    """Listens while it is entered. ``asked`` is set once somebody came; ``say`` adds a line to what is shown.

    Every answer is 503: nothing keeps it, and no program takes it for the place itself.
    """

    def __init__(self, address: str, port: int) -> None:
        self.asked = threading.Event()
        self.lines: list[str] = []
        door = self

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                door.asked.set()
                body = door.page().encode()
                self.send_response(503)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.send_header("Retry-After", "5")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *words: object) -> None:
                """Nothing is written down of who waits."""

        self.server = ThreadingHTTPServer((address, port), Answering)
        self.server.daemon_threads = True
        self.thread = threading.Thread(
            target=self.server.serve_forever, args=(0.1,), name="door", daemon=True
        )

    def say(self, line: str) -> None:
        """Add a line to what has been done."""
        self.lines.append(line)

    def page(self) -> str:
        """What is shown now."""
        title, lead = _("正在准备练习"), _("第一次要几十秒，好了会自己打开。这里的人和数都是编的。")
        lines = format_html_join("", "<li>{}</li>", ((line,) for line in self.lines))
        return format_html(_PAGE, title=title, lead=lead, lines=lines)

    def __enter__(self) -> Door:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
