"""The originals and the register."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import identity
from contracts.notices import Notice, Original
from services.ingest.handlers import printable
from services.ingest.identify import identified, notice_ids
from services.ingest.originals import OriginalsFolder
from services.ingest.ports import Registered
from services.ingest.register import RegisterFile

SIGNED = Notice(issuer="UBND tỉnh Hà Giang", number="1/TB-UBND", issued_on=date(2024, 1, 2))


def test_an_original_comes_back_as_it_was(tmp_path: Path) -> None:
    """What was kept is fetched byte for byte; what was not is None."""
    originals = OriginalsFolder(tmp_path)
    content = b"\x00\xff thong bao"
    kept = identity.document_id(content)
    originals.keep(kept, content)
    originals.keep(kept, content)
    assert originals.fetch(kept) == content
    assert originals.fetch(identity.document_id(b"other")) is None


@pytest.mark.parametrize("hostile", ["../../etc/passwd", "", "ab", "g" * 64, "A" * 64])
def test_an_id_that_is_no_hash_reaches_no_file(tmp_path: Path, hostile: str) -> None:
    """Only 64 hexadecimal digits name an original."""
    with pytest.raises(ValueError, match="64 hexadecimal"):
        OriginalsFolder(tmp_path).fetch(hostile)


def test_a_document_is_published_once_it_is_marked(tmp_path: Path) -> None:
    """Between numbering and the mark it counts as not published, so that a crash leads to a second try."""
    register = RegisterFile(tmp_path / "r.db")
    numbered = register.number("d1", ["n1", "n2"])
    assert register.published("d1") is None
    register.mark_published("d1")
    assert register.published("d1") == numbered == [Registered("n1", 1), Registered("n2", 1)]


def test_other_bytes_of_the_same_notice_are_a_new_revision(tmp_path: Path) -> None:
    """The same notice from another document is revision 2; the first keeps revision 1, also after a restart."""
    register = RegisterFile(tmp_path / "r.db")
    assert register.number("d1", ["n1"]) == [Registered("n1", 1)]
    assert register.number("d2", ["n1"]) == [Registered("n1", 2)]
    register.close()
    again = RegisterFile(tmp_path / "r.db")
    assert again.number("d1", ["n1"]) == [Registered("n1", 1)]
    assert again.number("d3", ["n1"]) == [Registered("n1", 3)]


def test_identity_comes_from_the_header_else_from_the_document() -> None:
    """Issuer, number and date make the id, whatever the bytes; without one of them the document and position do."""
    assert notice_ids("a" * 64, [SIGNED]) == notice_ids("b" * 64, [SIGNED])
    departments = [SIGNED.model_copy(update={"issuer_parent": f"UBND tỉnh {name}"}) for name in ("An", "Bình")]
    assert len(set(notice_ids("a" * 64, departments))) == 2
    blank = SIGNED.model_copy(update={"number": None})
    assert notice_ids("a" * 64, [blank]) != notice_ids("b" * 64, [blank])
    assert len(set(notice_ids("a" * 64, [blank, blank, SIGNED, SIGNED]))) == 4


def test_messages_carry_what_was_read_and_who_they_are() -> None:
    """Identity is added; nothing that was read is lost."""
    original = Original(url="u", file_name="f", media_type="text/plain", size_bytes=1)
    now = datetime(2024, 1, 3, tzinfo=UTC)
    (message,) = identified("d" * 64, [SIGNED], [Registered("n", 2)], received_at=now, original=original)
    assert (message.notice_id, message.revision, message.number) == ("n", 2, "1/TB-UBND")
    assert {name: getattr(message, name) for name in Notice.model_fields} == dict(SIGNED)


@given(st.text())
def test_any_file_name_becomes_one_that_a_message_can_carry(name: str) -> None:
    """No folder, no control character, no lone surrogate, never empty, never long."""
    safe = printable(name)
    assert safe
    assert len(safe) <= 200
    assert safe.isprintable()
    assert "/" not in safe
    assert "\\" not in safe
    safe.encode()


def test_a_file_name_that_is_not_unicode_is_carried_with_marks() -> None:
    """A name that the file system gave as bytes keeps what can be read of it."""
    assert printable("thong-bao-\udcff.txt") == "thong-bao-?.txt"
