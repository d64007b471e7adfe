"""Wrong glyphs made right: what scanners, fonts and web pages do to Vietnamese letters."""

from __future__ import annotations

import re
import unicodedata

from services.ingest.reading.text.folding import UPPER, is_usual

_GLYPHS = {
    "\u01a3": "ư",  # gha, drawn like ư in some OCR output
    "\u01a2": "Ư",
    "\u00d0": "Đ",  # eth and African d for đ
    "\u0189": "Đ",
    "\u00f0": "đ",
    "\u0256": "đ",
    "\u00a0": " ",
    "\u2007": " ",
    "\u202f": " ",
    "\u3000": " ",
    "\u2011": "-",
    "\u2010": "-",
    "\u00ad": "",
    "\u200b": "",
    "\u200c": "",
    "\u200d": "",
    "\u2060": "",
    "\ufeff": "",
    "\u200e": "",
    "\u200f": "",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\uf0b7": "•",
    "\uf02d": "-",
    "\uf0d8": "•",
    "\u2028": "\n",
    "\u2029": "\n",
    "\u0085": "\n",
    "\x0b": "\n",
    "\x0c": "\n\n",
}
_CONTROL = r"\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff"
_WRONG = re.compile(f"[{''.join(_GLYPHS)}{_CONTROL}]")
_ROUND_C = re.compile(r"(?<=[(/])[©¢](?=[/)\s])")
"""What scanners make of the c in "(b/c)"."""
_TILDE_O = re.compile(rf"Õ(?<=[{UPPER}].)(?=A\b)")


def repair(text: str) -> str:
    """Composed letters (NFC), one kind of space, one kind of line end, and the known wrong glyphs replaced."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not is_usual(text):
        # What may stand between a letter and its mark goes before the two are composed.
        text = unicodedata.normalize("NFC", _WRONG.sub(lambda match: _GLYPHS.get(match[0], ""), text))
    text = _TILDE_O.sub("Ò", text) if "Õ" in text else text
    return _ROUND_C.sub("c", text) if "©" in text or "¢" in text else text
