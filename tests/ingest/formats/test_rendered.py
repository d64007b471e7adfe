"""Notices keep their facts through every format."""

from __future__ import annotations

import pytest

from bench.formats import read_format
from bench.parse import documents
from bench.rendering import FORMATS, boxes_of, render

_NAMES = (
    "bc_xa_2022_newrural.txt",
    "cd_ttg_2023_fire.txt",
    "cv_bhxh_2017_nfd.txt",
    "cv_tand_2020_judges.txt",
    "cv_ubnd_2023_cover_bo.md",
    "gm_ubnd_huyen_2018_meeting.txt",
    "hd_sxd_2026_fire.txt",
    "kl_tinhuy_2022_party.txt",
    "qd_skhcn_2017_acting.txt",
    "qd_ubnd_2021_plan_annex.txt",
    "tb_mttq_2025_relief.txt",
    "tb_vptu_2026_interleaved.txt",
)
_CORPUS = [each for each in documents() if each[0].name in _NAMES]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("name", _NAMES)
def test_a_notice_keeps_its_facts(name: str, kind: str) -> None:
    """A notice set as PDF, DOCX, HTML or edXML is read with the number, bodies, date, signer and tasks of its text."""
    assert read_format(kind, [each for each in _CORPUS if each[0].name == name]).differences == []


def test_a_document_is_made_alike_each_time() -> None:
    """The same name makes the same pages, with the same stamps at the same places; another name makes others."""
    path, golds = _CORPUS[0]
    boxes = boxes_of(path.read_text(), golds)
    once, again, other = (render(boxes, name, "pdf, two columns") for name in ("a", "a", "b"))
    assert once == again
    assert once != other
