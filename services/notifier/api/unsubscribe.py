"""The link with which a mailbox does without copies for information only (RFC 8058). GET changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.parser import BytesParser
from typing import Final
from urllib.parse import parse_qsl

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notifier import render
from services.notifier.api.asking import body_of
from services.notifier.api.gate import Open
from services.notifier.api.pages import FAULTS, page
from services.notifier.audit import LINK, Deed
from services.notifier.links import UNSUBSCRIBE
from services.notifier.ports import EndpointBook
from services.runtime.links import BadLink, verify
from services.runtime.logging import Log

_LARGEST: Final = 16_384
_ONE_CLICK: Final = ("List-Unsubscribe", "One-Click")


@dataclass(frozen=True)
class UnsubscribeApi:
    """/u/{token}: shown to people with a button, and posted to by their mail program."""

    book: EndpointBook
    link_key: SecretStr
    clock: Callable[[], datetime]
    log: Log

    def routes(self) -> list[Route]:
        """The public page."""
        return [
            Open("GET", "/u/{token}", self.show),
            Open("POST", "/u/{token}", self.unsubscribe),
        ]

    async def show(self, request: Request) -> Response:
        """Ask first: scanners of mail open links, and press no buttons."""
        found = self._endpoint_id(request)
        if isinstance(found, Response):
            return found
        if await self.book.endpoint(found) is None:
            return _unknown()
        return page(render.unsubscribe())

    async def unsubscribe(self, request: Request) -> Response:
        """Write it down, where the body says so in the words of RFC 8058."""
        found = self._endpoint_id(request)
        if isinstance(found, Response):
            return found
        if _ONE_CLICK not in _pairs(request.headers.get("content-type", ""), await body_of(request, _LARGEST)):
            return page(render.unsubscribe(), 422)
        now = self.clock()
        done = Deed(LINK, "endpoint.unsubscribed", now)
        if await self.book.set_information(found, now, takes=False, deed=done) is None:
            return _unknown()
        self.log.info("endpoint.changed", endpoint_id=found, information=False, via="link")
        return page(render.unsubscribed())

    def _endpoint_id(self, request: Request) -> str | Response:
        try:
            return verify(self.link_key.get_secret_value(), UNSUBSCRIBE, request.path_params["token"], self.clock())
        except BadLink as error:
            return page(render.bad_link(FAULTS[error.fault]), 403)


def _unknown() -> Response:
    return page(render.bad_link("Hộp thư của liên kết này không còn nhận văn bản."), 404)


def _pairs(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """The fields of a form, in either of the two encodings that mail programs use."""
    if not content_type.lower().startswith("multipart/form-data"):
        return parse_qsl(body.decode("utf-8", "replace"))
    head = f"Content-Type: {render.one_line(content_type)}\r\n\r\n".encode("utf-8", "replace")
    form = BytesParser().parsebytes(head + body)
    parts = form.get_payload() if form.is_multipart() else []
    fields = [part for part in parts if isinstance(part, Message)]
    return [(str(each.get_param("name", "", "content-disposition")), _text(each)) for each in fields]


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace").strip() if isinstance(content, bytes) else ""
