"""Who may go to which address of the desk: the roles of the test world, and the addresses closed to them."""

from __future__ import annotations

PUBLIC = {
    *("sign-in", "second", "second-options", "sign-out", "choose-language", "choose-display"),
    *("handbook", "handbook-whole", "handbook-task"),
}
OUTSIDERS = ["base", "trainer", "helper", "bank"]
ADMINISTRATORS = ["administrator", "security", "audit"]
COUNTY_ADMINISTRATORS = ["county-system", "county-security", "county-audit"]
OFFICES = ["clerk", "approver", "reader", "inspector", "women", "city", "other"]
ROLES = [*OFFICES, *OUTSIDERS, *ADMINISTRATORS, *COUNTY_ADMINISTRATORS]

SYSTEM, SECURITY, AUDIT = (
    {role, f"county-{short}"}
    for role, short in zip(ADMINISTRATORS, ("system", "security", "audit"), strict=True)
)
ADMINISTERED: dict[str, set[str]] = {
    **dict.fromkeys(
        (
            "accounts",
            "account-new",
            "accounts-many",
            "accounts-open",
            "accounts-template",
            "account-act",
            "accounts-several",
            "agencies",
            "agency",
            "agency-act",
            "notices-in-force",
        ),
        SYSTEM,
    ),
    "contact": {"administrator"},
    # Lists are what offices enter by, and administrators look after; a county's own words are its own.
    **{n: {*OFFICES, *ADMINISTRATORS, *COUNTY_ADMINISTRATORS} for n in ("code-lists", "code-list")},
    "end-word": {"clerk", "approver", "women", "other", "county-system"},
    # A packet holds what everybody keeps: whoever administers all agencies has them made and takes them away.
    **{name: {"administrator"} for name in ("backups", "backup-make", "backup-cancel", "backup-fetch")},
    # Ledgers are everybody's.
    **{
        name: {"administrator"}
        for name in (
            *("declared-ledgers", "declared-start", "ledgers-waiting", "ledgers-waiting-cancel"),
            *("ledger-draft", "ledger-draft-text", "ledger-draft-drop"),
        )
    },
    "account": SYSTEM | SECURITY,
    **dict.fromkeys(("grants", "grant-answer", "access-keys", "first-code", "account-card"), SECURITY),
    "access-key-act": SECURITY | {"approver", "other"},
    **dict.fromkeys(("log", "log-export"), AUDIT),
    **{name: {"approver", "other"} for name in ("export-again", "packet", "packet-take", "packet-withdraw")},
    "ask-kept": {"clerk", "approver", "reader", "inspector", "other"},
    # Whoever looks after one unit alone chases nobody.
    "chase": {"city"},
    "chase-list": {"city"},
    "switch-notice": {"administrator"},
    "hand-over": set(ROLES),
}
"""Address → who may go there: each administrator where the other two may not; a file, whose own it is."""

SOMEBODY_S = {"drop-view", "sheet-picture", "practice-afresh"}
"""Addresses that name what one person keeps: closed to everybody else."""
CLOSED_TO_STRANGERS = SOMEBODY_S | {
    "ask-kept",
    "access-key-act", "account", "account-act", "account-card", "first-code",
    "agency", "agency-act", "grant-answer", "export-again",
    "packet", "packet-take", "packet-withdraw",
    "comparison", "comparison-lines", "compare-again", "compare-cancel", "compare-discard", "compare-export",
    "targets", "split", "set-target", "near", "near-step", "near-approve", "near-calls",
    "dispute", "give-over", "dispute-answer", "dispute-withdraw",
    "leader", "leader-page", "board", "board-page", "money", "money-rows", "behind", "reveal", "class", "class-catalogue",
    "person", "plan", "mend-cell", "decide", "commit", "undo", "discard", "restore",
    "decide-all", "plan-kind", "plan-rows", "plan-marked", "marked", "cancel-marked", "plan-reason", "plan-effect",
    "revoke-answer", "form", "form-rows", "download",
    "progress", "again", "cancel-job",
    "row", "edit", "history", "person-paper",
    "columns", "revoke-columns", "enter", "paste", "whole-list",
    "batch", "confirm-batch", "undo-batch",
    "join", "part", "merge", "unmerge", "doubt-answer", "relocation", "relocation-act", "relocation-paper",
    "household-answer",
    "register-filing", "revoke-filing", "end-word",
    "add-documents", "document", "document-preview", "document-whole", "document-move",
    "attendance", "attendance-undo", "class-papers", "document-turn",
}  # fmt: skip
"""Addresses that name an object of a county."""

CLOSED_TO_READERS = {
    "ask-export",
    "compare-again", "compare-cancel", "compare-discard", "compare-export",
    "decide-all", "plan-kind", "plan-rows", "plan-marked", "marked", "cancel-marked", "plan-reason", "plan-effect",
    "edit", "person-paper", "export", "split", "set-target", "rule", "renew-year-before",
    "near-approve", "near-calls", "dispute", "give-over", "dispute-answer", "dispute-withdraw",
    "batch", "confirm-batch", "undo-batch", "decide-changes",
    "join", "part", "merge", "unmerge", "waiting", "revoke-answer", "review", "issuers", "doubts", "proofs",
    "household-proposals", "household-answer",
    "doubt-answer", "relocation-new", "relocation-act", "relocation-paper",
    "move", "change-many", "reveal", "uploads", "receive", "plan", "decide", "commit", "undo", "discard", "restore", "download",
    "mend-cell", "progress", "again", "cancel-job", "handed-in", "handed-in-export",
    "columns", "revoke-columns", "enter", "paste", "whole-list",
    "register-filing", "revoke-filing",
    "add-documents", "document-whole", "document-move", "attendance", "attendance-undo", "class-catalogue",
    "sheets", "sheet-picture", "document-turn",
}  # fmt: skip
OPEN_TO_INSPECTORS = {
    "ask-export",
    "near-calls",
    "relocation-paper",
    "reveal",
    "export",
    "person-paper",
    "download",
    "compare-export",
    "document-whole",
    "class-catalogue",
}
"""Of these, what is open to whoever inspects: it shows more and changes nothing."""
APPROVERS_ONLY = {
    "near-approve",
    "confirm-batch",
    "decide-changes",
    "relocation-new",
    "relocation-act",
    "join",
    "part",
    "merge",
    "unmerge",
    "doubt-answer",
    "review",
    "move",
    "give-over",
    "dispute-answer",
    "split",
    "set-target",
}
ISSUERS_ONLY = {"rule", "renew-year-before"}
"""For whoever covers the notice's whole area."""
OWN = {
    "components", "exports", "home", "stay", "unsent", "own-account", "own-password", "add-codes", "key-options", "add-key",
    "own-card", "remove-factor", "end-session", "own-access-keys", "api-page", "api-document",
}  # fmt: skip
"""One's own account: whatever the role."""
POSTED = {
    "end-word",
    "ask-keep", "ask-export",
    "compare-again", "compare-cancel", "compare-discard", "compare-export",
    "mend-cell", "decide-all", "plan-marked", "cancel-marked", "plan-reason", "plan-effect",
    "person-paper",
    "packet-take", "packet-withdraw", "accounts-open", "accounts-several",
    "account-act", "account-card", "first-code", "agency-act", "grant-answer", "access-key-act",
    "backup-make", "backup-cancel", "backup-fetch",
    "declared-start", "ledgers-waiting-cancel", "ledger-draft-drop",
    "log-export",
    "stay", "key-options", "add-key", "remove-factor", "end-session",
    "export", "split", "set-target", "rule", "renew-year-before", "near-approve", "near-calls",
    "revoke-answer", "move", "narrow", "keep-view", "drop-view", "reveal", "decide", "commit", "undo", "discard", "restore",
    "again", "cancel-job", "practice-afresh",
    "revoke-columns",
    "confirm-batch", "undo-batch", "decide-changes",
    "join", "part", "merge", "unmerge", "doubt-answer", "relocation-act", "relocation-paper", "household-answer",
    "dispute", "give-over", "dispute-answer", "dispute-withdraw",
    "register-filing", "revoke-filing", "switch-notice",
    "document-whole", "document-move", "document-turn", "attendance-undo", "class-catalogue",
}  # fmt: skip


ANSWERING = {
    "account-card",
    "ask-export",
    "document-whole",
    "class-catalogue",
    "compare-export",
    "reveal",
    "export",
    "plan-marked",
    "plan-effect",
    "person-paper",
    "near-calls",
    "relocation-paper",
}
"""What answers a form with a page or a file."""
MINE = {"key-options", "log-export"}
