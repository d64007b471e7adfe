"""What may be kept of an answer: a short text without the secrets that our request carried."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlsplit

LONGEST_KEPT: Final = 4_096
_MASK: Final = "[redacted]"
_SHORTEST_SECRET: Final = 4
_LONG_SEGMENT: Final = 16
_CONTROLS: Final = dict.fromkeys(code for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n")


def secrets_in(url: str) -> tuple[str, ...]:
    """Parts of a URL that give access: user, password, query values and long path segments."""
    parts = urlsplit(url)
    found = {parts.username, parts.password, *(value for _, value in parse_qsl(parts.query))}
    found |= {segment for segment in parts.path.split("/") if len(segment) >= _LONG_SEGMENT}
    usable = (each for each in found if each and len(each) >= _SHORTEST_SECRET)
    return tuple(sorted(usable, key=len, reverse=True))


def legible(text: str) -> str:
    """The text as JSON and every database take it: no lone surrogates, no control characters but tab and newline."""
    whole = text.encode("utf-8", "replace").decode()
    return whole.translate(_CONTROLS)


def redacted(text: str, secrets: tuple[str, ...]) -> str:
    """The text, legible, at most 4 kB of it, with every secret masked."""
    text = legible(text)
    for secret in filter(None, secrets):
        text = text.replace(secret, _MASK)
    return text[:LONGEST_KEPT]


def shown(target: str, kind: str) -> str:
    """A URL or address as a list may show it: without user, password, query and long path segments."""
    if kind == "email":
        return target
    parts = urlsplit(target)
    host = parts.netloc.rpartition("@")[2]
    path = "/".join(_MASK if len(each) >= _LONG_SEGMENT else each for each in parts.path.split("/"))
    return f"{parts.scheme}://{host}{path}" + (f"?{_MASK}" if parts.query else "")
