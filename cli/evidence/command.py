"""`noinhan evidence`: the command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli.answer import NO, WORDS, fail, out
from cli.evidence.rows import content_hash, rows_of
from cli.evidence.sheet import NotEvidence, rows_in, sheet
from cli.evidence.signature import BadKey, BadSignature, check, private_key, signed, written
from cli.find_notice import notice_id_of
from cli.services import ask

_PAGE: Final = 500
_KEY: Final = "NOINHAN_EVIDENCE_KEY_FILE"


def evidence(
    notice: Annotated[
        str | None, typer.Argument(help="number, notice_id, or document_id (its beginning will do)")
    ] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="write it as CSV, which Excel opens")] = None,
    pdf: Annotated[Path | None, typer.Option(metavar="FILE", help="write it as PDF, for people")] = None,
    verify: Annotated[
        Path | None, typer.Option(metavar="FILE", help="check the hash in a CSV, and FILE.sig where it is there")
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option(metavar="PEM", help="with --verify: the signature must be there and by this key")
    ] = None,
) -> None:
    """Write down who was to get a notice and why, every attempt, receipt, reminder and recall, and a hash of it all.

    Where NOINHAN_EVIDENCE_KEY_FILE names an ed25519 key, the hash is signed: FILE.sig.
    """
    if verify is not None:
        if notice or csv or pdf:
            fail("--verify checks a file and writes none: give it alone", WORDS)
        _verify(verify, public_key)
        return
    if notice is None or not (csv or pdf):
        fail("say which notice, and --csv FILE or --pdf FILE; or --verify FILE", WORDS)
    rows = rows_of(_pages(notice_id_of(notice)))
    key_file = os.environ.get(_KEY)
    try:
        key = private_key(Path(key_file)) if key_file else None
    except BadKey as error:
        fail(str(error), WORDS)
    sha256 = content_hash(rows)
    files = {csv: sheet, pdf: _printed}
    for file, made in ((file, make(rows)) for file, make in files.items() if file):
        _write(file, made)
        if key is not None:
            signature = signed(sha256, key)
            _write(file.with_name(f"{file.name}.sig"), written(signature).encode())
            out.print(f"signed by the key {signature.fingerprint}", markup=False)
    out.print(f"SHA-256 of the content: {sha256}", markup=False)


def _pages(notice_id: str) -> Iterator[dict[str, Any]]:
    after = None
    while True:
        asked = {"notice_id": notice_id, "limit": _PAGE, **({"after": after} if after else {})}
        page = ask("notifier", "GET", "/v1/evidence", params=asked)
        yield page
        after = page["after"]
        if after is None:
            return


def _printed(rows: Any) -> bytes:
    try:
        from cli.evidence.printed import printed  # slow to import, and its fonts may be missing
    except ImportError as error:
        fail(f"{error}: pip install 'noinhan[cli]'")
    return printed(rows)


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        fail(f"{file} cannot be written: {error}", WORDS)
    out.print(f"{file}: written", markup=False)


def _verify(file: Path, public_key: Path | None) -> None:
    try:
        rows, told = rows_in(file.read_bytes())
    except OSError as error:
        fail(f"{file} cannot be read: {error}", WORDS)
    except NotEvidence as error:
        fail(f"{file} is no CSV of 'noinhan evidence': {error}", NO)
    found = content_hash(rows)
    if found != told:
        fail(f"{file} was changed: its content has the SHA-256 {found}, and it names {told}", NO)
    out.print(f"{file}: its content has the SHA-256 that it names, {found}", markup=False)
    _verify_signature(file.with_name(f"{file.name}.sig"), found, public_key)


def _verify_signature(file: Path, sha256: str, public_key: Path | None) -> None:
    if not file.exists():
        if public_key is not None:
            fail(f"{file} is not there: nobody signed it", NO)
        return
    try:
        fingerprint = check(file.read_text(encoding="utf-8"), sha256, public_key)
    except BadKey as error:
        fail(str(error), WORDS)
    except (OSError, ValueError, BadSignature) as error:
        fail(f"{file}: {error}", NO)
    whose = "" if public_key else "; whose it is, only --public-key can say"
    out.print(f"{file}: signed by the key {fingerprint}{whose}", markup=False)
