"""Members of a zip, unpacked within limits; XML that declares entities is refused."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from services.ingest.formats.limits import Limits, malformed, too_large
from services.ingest.reading import Unreadable

_MOST_MEMBERS = 10_000
_ENCRYPTED = 0x1


class Package:
    """An opened zip. Raises Unreadable (malformed, too_large) when it is damaged or too big."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        self._left = limits.unpacked_bytes
        self._limit = limits.unpacked_bytes
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            members = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, IndexError) as error:
            raise malformed("DOCX", "its zip archive cannot be opened") from error
        if len(members) > _MOST_MEMBERS:
            raise malformed("DOCX", f"its zip archive has {len(members)} members")
        self.names = frozenset(member.filename for member in members)

    def read(self, name: str) -> bytes:
        """The content of a member. Raises Unreadable: malformed, encrypted, too_large."""
        try:
            if self._zip.getinfo(name).flag_bits & _ENCRYPTED:
                raise Unreadable(
                    "encrypted", "The DOCX is protected by a password.", "Send a copy without the password."
                )
            with self._zip.open(name) as member:
                content = member.read(self._left + 1)
        except KeyError as error:
            raise malformed("DOCX", f"it has no {name}") from error
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            EOFError,
            ValueError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise malformed("DOCX", "a part of its zip archive cannot be unpacked", name) from error
        if len(content) > self._left:
            raise too_large("DOCX", self._limit)
        self._left -= len(content)
        return content

    def tree(self, name: str) -> Any:
        """The root element of an XML member. Raises Unreadable as `read` does."""
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
        )
        try:
            root = etree.fromstring(self.read(name), parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise malformed("DOCX", "a part of it is not valid XML", name) from error
        if root is None or root.getroottree().docinfo.doctype:
            raise malformed("DOCX", "a part of it declares entities", name)
        return root
