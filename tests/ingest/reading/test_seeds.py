"""The shared seeds: real documents, read as a careful clerk reads them."""

from __future__ import annotations

from pathlib import Path

from services.ingest.reading import read_document


def test_every_seed_reads_to_the_signer_or_says_what_is_missing(seeds: list[Path]) -> None:
    """Each notice of each seed has recipients and tasks, and either a signer or a warning that there is none."""
    for path in seeds:
        for notice in read_document(path.read_bytes()):
            codes = {warning.code for warning in notice.warnings}
            assert notice.recipients
            assert notice.tasks
            assert notice.signatory is not None or "signature_missing" in codes
            assert notice.recipients_complete or "recipients_cut" in codes


def test_no_attendance_or_praise_becomes_a_task(seeds: list[Path]) -> None:
    """What introduces an attendance list or praise opens no task."""
    for path in seeds:
        for notice in read_document(path.read_bytes()):
            assert not [
                task for task in notice.tasks if "Tham dự" in task.text[:40] or "đánh giá cao" in task.text[:60]
            ]
