"""Which notice a person means: by its number, or the beginning of its notice_id or document_id."""

from __future__ import annotations

import re
from typing import Final

from cli.answer import fail
from cli.services import ask

_WHOLE: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def notice_id_of(words: str) -> str:
    """The notice_id; ingest is asked where it is not given whole. Ends the command where none or several are meant."""
    if _WHOLE.fullmatch(words):
        return words
    found = ask("ingest", "GET", "/v1/notices", params={"called": words})["notices"]
    by_id = {each["notice_id"]: each for each in found}
    if not by_id:
        fail(f"no notice is called {words!r}: give its number as 'noinhan trace' shows it, or its notice_id")
    if len(by_id) > 1:
        told = "; ".join(
            f"{key}: {', '.join(filter(None, (each['number'], each['issuer'], each['issued_on'])))}"
            for key, each in by_id.items()
        )
        fail(f"{len(by_id)} notices are called {words!r}: give the notice_id of one. {told}")
    return str(next(iter(by_id)))
