"""What a person should know of a reading: boxes that were not found, lists that are cut, words that noise spoilt."""

from __future__ import annotations

from services.ingest.reading.drafts import Doubts
from services.ingest.reading.one_notice import Reading


def note_doubts(reading: Reading, doubts: Doubts) -> None:
    """Note everything doubtful of a reading."""
    _doubt_header(reading, doubts)
    _doubt_list(reading, doubts)
    _doubt_words(reading, doubts)


def _doubt_header(reading: Reading, doubts: Doubts) -> None:
    first = reading.lines[0].number
    if reading.number is None:
        doubts.add("number_missing", "no number and symbol (Số: …) was found", first)
    elif reading.number.number is None:
        doubts.add("number_blank", f"the number before {reading.number.symbol} was left blank", first)
    if reading.dated is None:
        doubts.add("date_missing", "no place and date was found", first)
    elif reading.dated.on is None:
        doubts.add("date_blank", "the date was left blank, or is no day of the calendar", first)
    if reading.issuer.name is None:
        doubts.add("issuer_missing", "the header does not name who issued it", first)
    if reading.boxes.subject is None:
        doubts.add("subject_missing", "no subject was found", first)


def _doubt_words(reading: Reading, doubts: Doubts) -> None:
    header = reading.spoilt_header
    if header or (reading.dated and reading.dated.spoilt):
        doubts.add_noise(header[0] if header else reading.lines[0].number)
    if spoilt := [part for part in (*reading.for_tasks, *reading.annexes_for_tasks) if part.restored]:
        doubts.add_noise(spoilt[0].line)


def _doubt_list(reading: Reading, doubts: Doubts) -> None:
    last = reading.lines[-1].number
    listed = reading.boxes.listed
    if listed is None:
        doubts.add("recipients_missing", "no list of recipients (Nơi nhận) was found", last)
    elif not listed.complete:
        doubts.add("recipients_cut", "the list of recipients ends without its archive line (Lưu: …)", last)
    if reading.boxes.signatory is None or reading.boxes.signatory.name is None:
        doubts.add("signature_missing", "no signer's name was found", last)
