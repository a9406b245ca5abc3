"""Where a request comes from, also behind proxies that we trust to say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network


def client_address(meta: Mapping[str, str], proxies: Iterable[str]) -> str:
    """The address of whoever asked.

    ``X-Forwarded-For`` counts only as far as trusted proxies (addresses or networks) wrote it: it is read from its end,
    and the first address that is no proxy of ours is the client's. Anything before that anybody may have written.
    """
    peer = meta.get("REMOTE_ADDR", "")
    trusted = [ip_network(one, strict=False) for one in proxies]
    hops = [part.strip() for part in meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    while hops and _within(peer, trusted):
        peer = hops.pop()
    return peer if _is_address(peer) else meta.get("REMOTE_ADDR", "")


def _within(text: str, networks: Iterable[object]) -> bool:
    return _is_address(text) and any(ip_address(text) in one for one in networks)  # type: ignore[operator]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
