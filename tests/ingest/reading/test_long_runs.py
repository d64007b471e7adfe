"""Texts of one thing over and over are read or refused in time: no step takes the square of a length."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from services.ingest.reading import Unreadable, read_text
from services.ingest.reading.text.unglue import gaps_in
from tests.ingest.doubles import NOTICE

_RUNS = {
    "marks in the header": ("THÔNG BÁO", ";" * 20_000 + "\nTHÔNG BÁO"),
    "cells in the header": ("TỈNH BẾN TRE", "TỈNH BẾN TRE" + "       A" * 20_000),
    "slashes in a list": ("- Lưu: VT.", "- Sở Y tế " + "/" * 20_000 + "x\n- Lưu: VT."),
    "sentences in a recipient": ("- Lưu: VT.", "- Sở Y tế; " * 8_000 + "\n- Lưu: VT."),
    "lines of an issuer": ("TỈNH BẾN TRE", "TỈNH BẾN TRE\n" * 2_000),
    "orders in one paragraph": ("thông báo để", "thông báo. " + "Giao Sở Y tế, " * 10_000 + "để"),
    "short lines without a box": (NOTICE, "ng\n" * 45_000),
    "words beside a column": ("thông báo để", "thông báo.\n" + "Giao Sở Y tế     " * 10_000 + "\nđể"),
    "a word without end among spoilt ones": (
        "cơ quan biết",
        "cơ quann bieết thựcc hiẹnn khẩnn " + "ươ" * 20_000 + " biết",
    ),
    "heads in one name": ("cơ quan biết", "cơ quan biết. Giao " + "Ban Văn phòng Sở " * 2_000 + "rà soát"),
    "acts on other documents": ("nghỉ Tết", "nghỉ Tết\n" + "thay thế Công văn số 1/CV-A\n" * 10_000),
    "bodies in one sentence": ("cơ quan biết", "cơ quan biết. " + "Sở Y tế, " * 20_000),
    "openings of one sentence": ("cơ quan biết", "cơ quan biết. " + "Căn cứ a, Sở Y tế, Sở Y tế có; " * 5_000),
    "honorifics": ("Trần Văn Nam", "Ông " * 20_000 + "Trần Văn Nam"),
    "a name without end": ("cơ quan biết", "cơ quan biết. Giao Sở Ab " + "cd Ef " * 5_000 + "rà soát"),
    "lists on one line": ("- Lưu: VT.", "- Lưu: VT. Nơi nhận: " * 5_000),
    "sentences after a duty": ("cơ quan biết", "cơ quan biết. Giao Sở Y tế rà soát. " + "Ab cd. " * 50_000),
    "letters in a word": ("cơ quan biết", "cơ quan Phòn" + "g" * 20_000 + "T biết"),
}


@pytest.mark.parametrize("run", _RUNS)
def test_a_long_run_is_read_in_time(run: str) -> None:
    """However long a run is, reading ends within seconds."""
    began = time.process_time()
    with suppress(Unreadable):
        read_text(NOTICE.replace(*_RUNS[run]))
    assert time.process_time() - began < 5


def test_a_letter_held_down_is_no_glued_word() -> None:
    """A word that no cut makes syllables of is given up at once, however long it is."""
    began = time.process_time()
    assert gaps_in("Phòn" + "g" * 40 + "T") == []
    assert time.process_time() - began < 1
