"""The process in which PDFium runs: a request comes in on stdin, its answer goes out on stdout, until stdin ends.

A frame is 8 bytes of length and that many bytes. A request is two frames (what is asked, as JSON; the PDF), an answer
is two as well (what was found or why it was refused, as JSON; the pixels of a picture, else nothing).
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from services.ingest.formats.limits import Deadline, Limits, malformed
from services.ingest.formats.load_pdf import Loaded, load_pages, render_page
from services.ingest.reading import Unreadable

_LENGTH = 8


def send(stream: BinaryIO, head: Any, body: bytes) -> None:
    """Write two frames."""
    for frame in (json.dumps(head).encode(), body):
        stream.write(len(frame).to_bytes(_LENGTH, "big"))
        stream.write(frame)
    stream.flush()


def receive(stream: BinaryIO) -> tuple[Any, bytes]:
    """Read two frames. Raises EOFError where the stream ends before they do."""
    head, body = _frames(stream)
    return json.loads(head), body


def _frames(stream: BinaryIO) -> Iterator[bytes]:
    for _ in range(2):
        length = int.from_bytes(_exactly(stream, _LENGTH), "big")
        yield _exactly(stream, length)


def _exactly(stream: BinaryIO, length: int) -> bytes:
    found = stream.read(length)
    if len(found) < length:
        raise EOFError
    return found


def _answer(asked: dict[str, Any], content: bytes) -> tuple[Any, bytes]:
    limits = Limits(**asked["limits"])
    try:
        if asked["page"] is None:
            return {"pages": [_flat(page) for page in load_pages(content, limits, Deadline(asked["seconds"]))]}, b""
        picture = render_page(content, asked["page"], asked["dpi"], limits)
    except Unreadable as error:
        return _refused(error), b""
    except MemoryError:
        return _refused(malformed("PDF", "reading it takes more memory than any notice does")), b""
    return {"size": picture.size}, picture.tobytes()


def _refused(error: Unreadable) -> dict[str, Any]:
    return {"refused": [error.code, error.reason, error.remedy, error.where]}


def _flat(page: Loaded) -> list[Any]:
    """A page as the arguments it is made of, its words and rules likewise; places to a hundredth of a point."""
    words = [
        (word.text, round(word.x0, 2), round(word.x1, 2), round(word.y0, 2), round(word.y1, 2), word.bold, word.glued)
        for word in page.words
    ]
    rules = [[round(edge, 2) for edge in (rule.x0, rule.y0, rule.x1, rule.y1)] for rule in page.rules]
    return [words, rules, page.width, page.height, page.rotated, page.unmapped, page.pictured]


def main() -> None:
    """Serve until stdin ends. The first argument is the memory that may be used, in bytes."""
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            asked, content = receive(sys.stdin.buffer)
            send(sys.stdout.buffer, *_answer(asked, content))
