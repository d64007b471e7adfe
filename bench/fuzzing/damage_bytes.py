"""What happens to the bytes of a file: encodings are mistaken; bytes are flipped, cut and spliced; sizes lie."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

from services.ingest.reading.vocabulary import rows

_HUGE = (b"0", b"-1", b"1", b"65536", b"99999999", b"2147483648", b"18446744073709551616", b"1e400", b"9" * 400)
_LONGEST = 2_000

Damage = Callable[[bytes, random.Random], bytes]


def _flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 5, 50)) if content else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _span(content: bytes, chance: random.Random) -> tuple[int, int]:
    at = chance.randrange(len(content) + 1)
    return at, at + chance.randrange(_LONGEST)


def _ended(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _holed(content: bytes, chance: random.Random) -> bytes:
    start, end = _span(content, chance)
    return content[:start] + content[end:]


def _zeroed(content: bytes, chance: random.Random) -> bytes:
    start, end = _span(content, chance)
    return content[:start] + bytes(min(end, len(content)) - start) + content[end:]


def _repeated(content: bytes, chance: random.Random) -> bytes:
    start, end = _span(content, chance)
    return content[:start] + content[start:end] * chance.choice((2, 10, 100)) + content[end:]


def _spliced(content: bytes, chance: random.Random) -> bytes:
    (start, end), at = _span(content, chance), chance.randrange(len(content) + 1)
    return content[:at] + content[start:end] + content[at:]


def _numbers(content: bytes, chance: random.Random) -> bytes:
    """Some of the numbers that it states are others: lengths, counts, offsets, spans."""
    found = list(re.finditer(rb"\d+", content))
    for number in sorted(chance.sample(found, min(len(found), 3)), key=lambda each: -each.start()):
        content = content[: number.start()] + chance.choice(_HUGE) + content[number.end() :]
    return content


DAMAGES: dict[str, Damage] = {
    each.__name__.strip("_"): each
    for each in (_flipped, _ended, _holed, _zeroed, _repeated, _spliced, _numbers)
}  # fmt: skip


def _coded(encoding: str, errors: str = "replace") -> Callable[[str], bytes]:
    return lambda text: text.encode(encoding, errors)


def _tcvn3(text: str) -> bytes:
    codes = {row["letter"]: int(row["code"], 16) for row in rows("tcvn3")}
    composed = unicodedata.normalize("NFC", text)
    return bytes(codes.get(each, ord(each) if ord(each) < 0x100 else ord("?")) for each in composed)


def _vni(text: str) -> bytes:
    pairs = {row["letter"]: row["vni"] for row in rows("vni")}
    composed = unicodedata.normalize("NFC", text)
    return "".join(pairs.get(each, each) for each in composed).encode("latin-1", "replace")


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": _coded("utf-8", "surrogatepass"),
    "utf-8 with mark": _coded("utf-8-sig", "surrogatepass"),
    "utf-16": _coded("utf-16", "surrogatepass"),
    "utf-16-le": _coded("utf-16-le", "surrogatepass"),
    "utf-16-be": _coded("utf-16-be", "surrogatepass"),
    "utf-32": _coded("utf-32", "surrogatepass"),
    "tcvn3": _tcvn3,
    "vni": _vni,
    "windows-1258": _coded("cp1258"),
    "latin-1": _coded("latin-1"),
    "utf-7": _coded("utf-7"),
    "twice utf-8": lambda text: text.encode("utf-8", "surrogatepass").decode("latin-1").encode(),
}
"""How a text becomes bytes: most of them are not what the reader hopes for."""
