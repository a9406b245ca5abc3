"""Lines of pages: a list, a person and the board, served as in earnest, beside bare views of the same rows."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from statistics import quantiles
from types import MappingProxyType

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection

from qiaojie.accounts.models import Agency, Role, User, WorkLine
from qiaojie.ledgers.models import State
from qiaojie.lib.dialects import is_server
from qiaojie.notices.schema import Notice
from qiaojie.regions.models import Level, Region
from qiaojie.training.models import Enrolment

from .registry import Made
from .timing import BenchLine as Compared

BOUND = 2.0
"""Times as long as a bare view of the same rows that a page may take: half as many requests a second."""
CLIENTS, EACH = 8, 25
CROWD, TURNS = 200, 5
"""People at once, and pages that each of them opens."""
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Load:
    """What a number of clients saw: seconds from the first to the last answer, and of each answer; ``failed`` were not 200."""

    seconds: float
    answers: tuple[float, ...]
    failed: int

    @property
    def each(self) -> float:
        """Seconds per answer of the whole server."""
        return self.seconds / len(self.answers)

    @property
    def late(self) -> float:
        """What 95 of 100 answers stay below."""
        return quantiles(self.answers, n=20)[-1]

    @property
    def words(self) -> str:
        """Requests a second and p95."""
        return f"{1 / self.each:.0f}/s, p95 {self.late * 1000:.0f} ms"


def pages(made: Made, notice: Notice) -> Iterator[Compared]:
    """Every page against its bare view, then many people at once (PostgreSQL)."""
    cookies = [signed_in(number) for number in range(CROWD)]
    people = list(
        Enrolment.objects.filter(state=State.APPROVED)
        .order_by("pk")
        .values_list("person_id", flat=True)[: CLIENTS * EACH]
    )
    newest = Enrolment.objects.order_by("-pk").values_list("pk", flat=True)[: CLIENTS * EACH * 50 : 50]
    after = list(newest)
    size = f"{len(made.people):,}"
    asked = {
        "list page, 50 rows": (
            [f"/ledgers/enrolments/?after={pk}" for pk in after],
            [f"/bare/list/{pk}/" for pk in after],
        ),
        "person page": ([f"/persons/{pk}/" for pk in people], [f"/bare/person/{pk}/" for pk in people]),
        "board of 41 units": ([f"/board/{notice.code}/"] * EACH, [f"/bare/board/{notice.code}/"] * EACH),
    }
    with served() as port:
        for name, (ours, bare) in asked.items():
            load(port, bare[:CLIENTS], cookies, CLIENTS), load(port, ours[:CLIENTS], cookies, CLIENTS)
            theirs, own = load(port, bare, cookies, CLIENTS), load(port, ours, cookies, CLIENTS)
            yield Compared(name, size, own.each, theirs.each, BOUND, note=f"{own.words}; bare {theirs.words}")
            if own.failed or theirs.failed:
                raise SystemExit(f"{name}: {own.failed} and {theirs.failed} answers were not 200")
        if is_server(connection):
            mixed = [address for addresses, _bare in asked.values() for address in addresses]
            crowd = load(port, [mixed[n % len(mixed)] for n in range(CROWD * TURNS)], cookies, CROWD)
            note = f"{crowd.failed} errors of {CROWD * TURNS:,}; {crowd.words}"
            yield Compared(f"{CROWD} people at once", size, crowd.each, crowd.each, None, note=note)
            if crowd.failed:
                raise SystemExit(f"{crowd.failed} errors with {CROWD} people at once")


def signed_in(number: int) -> str:
    """The cookie of a reader of the whole area, as signing in would leave it."""
    region = Region.objects.get(level=Level.PROVINCE, code="500000")
    agency, _new = Agency.objects.get_or_create(region=region, line=WorkLine.DPF, name="bench")
    user = User.objects.create(username=f"bench-{number}", role=Role.CLERK, agency=agency, password="!")  # noqa: S106
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


@contextmanager
def served(
    application: str = "qiaojie.bench.apart.served:application",
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[int]:
    """The site on a free port, with bare views beside its own, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "2",
               "--blocking-threads", "4", "--backlog", "1024", "--no-access-log", "--log-level", "error",
               application]  # fmt: skip
    server = subprocess.Popen(command, env={**os.environ, **environment})  # noqa: S603 - our own program
    try:
        _await(port, server)
        yield port
    finally:
        server.terminate()
        server.wait()


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server of the bench did not start")


def load(port: int, addresses: Sequence[str], cookies: Sequence[str], clients: int) -> Load:
    """Ask for all addresses, so many at once, each client as somebody of its own."""
    answers: list[float] = []
    failed: list[str] = []
    held = threading.Lock()
    start = threading.Barrier(clients + 1)

    def client(number: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
        headers = {"Cookie": cookies[number % len(cookies)]}
        start.wait()
        for address in addresses[number::clients]:
            began = time.perf_counter()
            try:
                line.request("GET", address, headers=headers)
                answer = line.getresponse()
                answer.read()
                status = str(answer.status)
            except (OSError, ValueError, http.client.HTTPException) as broken:
                status = type(broken).__name__
                line.close()
            with held:
                answers.append(time.perf_counter() - began)
                if status != "200":
                    failed.append(f"{status} {address}")

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    if failed:
        print(*sorted(set(failed))[:5], sep="\n", file=sys.stderr)
    return Load(time.perf_counter() - began, tuple(answers), len(failed))
