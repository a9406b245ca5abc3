"""The worker: takes a job, does it, says that it is alive, and never leaves a job without an end."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import OperationalError, close_old_connections, connections
from django.utils import translation
from django.utils.translation import gettext as _

from qiaojie.codes import standing
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.storage import faults
from qiaojie.storage.faults import Kind

from . import nightly, services
from .models import Job
from .sealing import Altered
from .services import Cancelled, Interrupted, Lost, Stopped, Task

PAUSE = 20.0
"""Seconds until the next attempt where database or disk failed."""

_log = logging.getLogger(__name__)

IDLE = 1.0
"""Seconds between two looks at an empty queue."""


class Hand:
    """A job in hand: what was last said of it, and why it must end, if it must."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.said = ("", 0, 0)
        self.reason: type[Stopped] | None = None

    def progress(self, step: str, done: int, total: int) -> None:
        """Note how far the work has come. Raises Stopped where it must end."""
        self.said = (step, done, total)
        if self.reason is not None:
            raise self.reason(self.job.key)

    def beat(self) -> None:
        """Tell the queue; note it where the job was cancelled or is no longer ours."""
        try:
            if services.beat(self.job, *self.said):
                self.reason = self.reason or Cancelled
        except Lost:
            self.reason = Lost


class _Telling(Hand):
    """Tells at every word, in the same thread: for a database that only this thread sees."""

    def progress(self, step: str, done: int, total: int) -> None:
        self.said = (step, done, total)
        self.beat()
        super().progress(step, done, total)


class _Pulse(threading.Thread):
    """Tells the queue in a thread and a connection of its own: so the work's transaction holds nothing back, and long steps
    without a word do not look like death."""

    def __init__(self, hand: Hand) -> None:
        super().__init__(name="pulse", daemon=True)
        self.hand = hand
        self.over = threading.Event()

    def run(self) -> None:
        try:
            while not self.over.wait(min(1.0, settings.WORKER_SILENCE / 4)):
                try:
                    self.hand.beat()
                except OperationalError:
                    # A database that does not answer now may answer at the next beat.
                    connections.close_all()
        finally:
            connections.close_all()

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.join()


class Worker:
    """Does jobs one after another.

    An error that nobody foresaw ends the process with its traceback, after the job was put back (or, at its last attempt,
    failed): whatever watches over the process starts a fresh one. Where database or disk failed, the job is put off saying why,
    and the worker goes on after a pause.
    """

    def __init__(self, *, alone: bool = False) -> None:
        self.alone = alone
        """Tell the queue from this thread."""
        self._hand: Hand | None = None
        self._ended = threading.Event()

    def stop(self) -> None:
        """End soon: the job in hand goes back to the queue when it next says how far it is."""
        self._ended.set()
        if self._hand is not None:
            self._hand.reason = Interrupted

    def run(self, *, once: bool = False, wanted: Callable[[], bool] = lambda: True) -> int:
        """Work until stopped or no longer wanted; with ``once`` until the queue is empty. How many jobs were done."""
        done = 0
        services.forget()
        while not self._ended.is_set() and wanted():
            try:
                worked = self._next()
            except faults.TROUBLE as error:
                if once or not self._put_up_with(error):
                    raise
                continue
            if worked:
                done += 1
            elif once:
                break
            elif not nightly.put_due():
                self._ended.wait(IDLE)
        return done

    def _next(self) -> bool:
        """Do the next job that is due; whether there was one."""
        if not self.alone:
            close_old_connections()
        job = services.claim()
        if job is not None:
            standing.look_again()
            self._do(job)
        return job is not None

    def _put_up_with(self, error: BaseException) -> bool:
        """Say in a line what is wrong with database or disk, and wait a while. False where it is something else."""
        fault = faults.of(error)
        if fault is None:
            return False
        _log.warning("%s: %s", fault.kind.value, fault.message)
        if not self.alone:
            connections.close_all()
        self._ended.wait(PAUSE)
        return True

    def do_of(self, subject: str) -> bool:
        """Do the job of one subject that waits, now and here. Whether there was one; raises as the work does."""
        job = services.claim(subject)
        if job is not None:
            self._do(job)
        return job is not None

    def _do(self, job: Job) -> None:
        hand = self._hand = (_Telling if self.alone else Hand)(job)
        if self._ended.is_set():
            hand.reason = Interrupted
        ended = False
        try:
            with translation.override(job.language):
                if self.alone:
                    self._work(hand)
                else:
                    with _Pulse(hand):
                        self._work(hand)
            ended = True
        except faults.TROUBLE as error:
            ended = self._put_off(job, error)
            raise
        finally:
            self._hand = None
            if not ended:
                services.give_up(job)

    def _put_off(self, job: Job, error: BaseException) -> bool:
        """Leave a job for later where database or disk failed; whether it was that. What cannot be written even now is
        taken up once this worker has been silent about it for a while."""
        fault = faults.of(error)
        if fault is None or fault.kind is Kind.OLD_SHAPE:
            return False
        with contextlib.suppress(*faults.TROUBLE), translation.override(job.language):
            services.put_off(job, fault.kind.value, fault.message)
        return True

    def _work(self, hand: Hand) -> None:
        job = hand.job
        try:
            task = Task(
                job.key, job.subject, job.actor, services.arguments_of(job), job.attempts > 1, hand.progress
            )
            services.finish(job, services.handler(job.kind)(task))
        except Cancelled:
            services.drop(job)
        except Interrupted:
            services.give_back(job)
        except Lost:
            pass
        except Altered as fault:
            services.refuse_altered(job, fault)
        except Unusable as fault:
            services.fail(job, fault.code, fault.message)
        except Refused:
            services.fail(job, "refused", _("没有这项权限，或对象不在您的区域内。"))
