"""Drafts of ledgers, as somebody keeps them."""

from __future__ import annotations

from qiaojie.declared.models import LedgerDraft


def drafted(county: str) -> int:
    """A ledger that somebody drafts (once: looking at addresses takes nothing)."""
    text = f'code = "visits_{county}"\nlabel = "走访"\nday = "on"\n[[fields]]\ncode = "on"\nlabel = "日期"\nkind = "date"\n'
    kept, _new = LedgerDraft.objects.get_or_create(
        code=f"visits_{county}", defaults={"text": text, "by": "somebody"}
    )
    return kept.pk


def drafting(county: str) -> dict[str, str]:
    """Addresses of ledgers that offices make for themselves."""
    draft = f"/declared/{drafted(county)}/"
    return {
        "declared-ledgers": "/declared/",
        "declared-start": "/declared/start/",
        "ledgers-waiting": "/declared/waiting/",
        "ledgers-waiting-cancel": "/declared/waiting/cancel/",
        "ledger-draft": draft,
        "ledger-draft-text": f"{draft}text/",
        "ledger-draft-drop": f"{draft}drop/",
    }
