"""What changes the registry goes through ``ledgers.changing``; whoever holds a transaction by hand says here why."""

import ast
from collections.abc import Iterator

from tests.house.source import modules, named

MECHANISM = "qiaojie/ledgers/changing.py"

BY_HAND = {
    MECHANISM: "the one place",
    "qiaojie/accounts/credentials/attempts.py": "failures are counted in the side database; nobody has signed in yet",
    "qiaojie/accounts/credentials/cards.py": "one's own card in place of the one before: no right is asked, it is logged",
    "qiaojie/accounts/handover.py": "no role's right is asked: the two who sign are the post's own people",
    "qiaojie/accounts/keys.py": "how often a key asks is counted in the side database",
    "qiaojie/accounts/passwords.py": "one's own password: no right is asked, and authentication logs it",
    "qiaojie/accounts/sealing.py": "the access log itself, in the side database",
    "qiaojie/accounts/services.py": "closing an account is part of other changes; the machine's own grant asks nobody",
    "qiaojie/backups/servers.py": "a restored schema takes the place of another as a whole; the command line asks for it",
    "qiaojie/digests/scanning.py": "reads as of one moment, and changes nothing",
    "qiaojie/digests/services.py": "the digest of a night is one whole; nobody asks for it",
    "qiaojie/ledgers/tracing/holding.py": "rows and what witnesses them are one whole, whoever changes them",
    "qiaojie/demo/loading.py": "an empty installation is filled by nobody",
    "qiaojie/keys/exchange.py": "values are counted as of one moment before a key goes; nobody's row is changed",
    "qiaojie/keys/renewal.py": "what rows say stays as it is: they are encrypted anew, some at a time",
    "qiaojie/keys/standing.py": "marks of the keys; nobody asks for it, and all of them are one whole",
    "qiaojie/measures/services.py": "totals follow the rows; nobody asks for it, and each group of indicators is one whole",
    "qiaojie/people/doubts.py": "pairs follow the rows; nobody asks for it, and each part of an upgrade is one whole",
    "qiaojie/queue/nightly.py": "a night is moved on and its job queued in the side database, or neither; nobody asks for it",
    "qiaojie/queue/services.py": "jobs, in the side database; who may ask is judged by whoever queues",
    "qiaojie/regions/services.py": "the tree comes with the program; loading it asks nobody",
}
"""Modules that begin transactions themselves. Measuring (``bench``) writes into databases of its own."""

HOLDS = {MECHANISM, "qiaojie/demo/loading.py"}
"""Modules that hold the registry."""


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in modules():
        if "bench" not in path.parts:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield named(path), node


def _callers(*names: str) -> set[str]:
    """Who calls something of these names."""
    return {
        module
        for module, call in _calls()
        if (call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")) in names
    }


def test_transactions_are_begun_in_one_place_or_for_a_reason() -> None:
    assert _callers("atomic", "set_rollback", "on_commit", "savepoint", "set_autocommit") == set(BY_HAND)


def test_the_registry_is_held_in_one_place() -> None:
    assert _callers("lock_registry") == HOLDS


def test_only_the_journal_moves_the_version_of_the_registry() -> None:
    users = {
        named(path)
        for path in modules()
        if "RegistryVersion" in path.read_text(encoding="utf-8") and path.name != "models.py"
    }
    # That digests leave it out is said by its name.
    assert users == {"qiaojie/ledgers/journal.py", "qiaojie/digests/covering.py"}


def test_that_rows_change_is_told_in_one_place() -> None:
    senders = {
        module
        for module, call in _calls()
        if ast.unparse(call.func).split(".")[-2:] in (["rows_changed", "send"], ["rows_changing", "send"])
    }
    assert senders == {MECHANISM}


def test_refusals_are_logged_in_one_place() -> None:
    """A line written inside a transaction goes with it on PostgreSQL; ``viewer.note_refused`` writes it afterwards."""
    writers = {
        module
        for module, call in _calls()
        for word in call.keywords
        if word.arg == "done"
        and ast.unparse(word.value) == "False"
        and ast.unparse(call.func).removeprefix("request.") == "viewer.note"
    }
    partial = {
        module
        for module, call in _calls()
        if ast.unparse(call.func) == "partial" and "done=False" in ast.unparse(call)
    }
    assert not writers and partial == {"qiaojie/ledgers/viewer.py"}
