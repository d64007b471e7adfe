"""Documents over HTTP: POST /v1/documents, and the originals behind signed links."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from mimetypes import guess_extension

from pydantic import SecretStr
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.ingest.formats import media_type_of
from services.ingest.handlers import ORIGINAL, Accepted, Document, Intake, printable, too_large
from services.ingest.ports import ReaderAway
from services.ingest.reading import Unreadable
from services.runtime.http import problem, refused
from services.runtime.links import BadLink, verify
from services.runtime.publish import NotPublished
from services.runtime.tracing import child_of

_STATUS = {"too_large": 413, "unsupported": 415}
_MULTIPART = "multipart/form-data"
_UPLOAD_WITHIN_S = 120.0


@dataclass(frozen=True)
class Api:
    """The routes of ingest. `submitters`: digests of the keys that hand documents in, besides the operator's own."""

    intake: Intake
    api_key: SecretStr
    link_key: str
    max_bytes: int
    submitters: frozenset[str] = frozenset()

    def routes(self) -> list[Route]:
        """POST /v1/documents and GET /v1/originals/{token}."""
        return [
            Route("/v1/documents", self.post_document, methods=["POST"]),
            Route("/v1/originals/{token}", self.get_original),
        ]

    async def post_document(self, request: Request) -> Response:
        """Take a document, as a multipart field named `file` or as the raw body.

        202 once Kafka confirmed, or once it is held for a person (`review` says why); 401, 413, 415, 422 with the
        reason; 503 where Kafka did not confirm.
        """
        answer = refused(request, self.api_key, self.submitters)
        if answer is not None:
            return answer
        try:
            accepted = await self.intake.take(await self._document(request))
        except Unreadable as error:
            status = _STATUS.get(error.code, 422)
            return problem(status, error.code, error.reason, error.remedy, where=error.where)
        except TimeoutError:
            return problem(408, "too_slow", "the document did not arrive in time", "send it again, or in smaller parts")
        except (NotPublished, ReaderAway):
            remedy = "send the same document again in a while"
            return problem(503, "not_published", "the notice could not be published now", remedy)
        return JSONResponse(_told(accepted), status_code=202)

    async def get_original(self, request: Request) -> Response:
        """The document behind a signed link, as a download."""
        try:
            document_id = verify(self.link_key, ORIGINAL, request.path_params["token"], datetime.now(UTC))
        except BadLink as error:
            return problem(403, "bad_link", str(error), "ask the issuing office for a new link")
        content = await asyncio.to_thread(self.intake.originals.fetch, document_id)
        if content is None:
            return problem(404, "gone", "the original is no longer kept", "ask the issuing office")
        self.intake.log.info("original.served", document_id=document_id)
        suffix = guess_extension(media_type_of(content)) or ""
        headers = {
            "content-disposition": f'attachment; filename="{document_id[:12]}{suffix}"',
            "x-content-type-options": "nosniff",
            "cache-control": "private, max-age=3600",
        }
        return Response(content, media_type="application/octet-stream", headers=headers)

    async def _document(self, request: Request) -> Document:
        trace = child_of(request.headers.get("traceparent"))
        declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        async with asyncio.timeout(_UPLOAD_WITHIN_S):
            body = await self._body(request)
        if declared != _MULTIPART:
            name = request.headers.get("x-file-name", "unnamed")
            return Document(body, printable(name), declared or None, trace)
        upload = await _uploaded(request, body)
        return Document(await upload.read(), printable(upload.filename or ""), upload.content_type, trace)

    async def _body(self, request: Request) -> bytes:
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self.max_bytes:
            raise too_large(int(length), self.max_bytes)
        chunks, size = [], 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > self.max_bytes:
                raise too_large(None, self.max_bytes)
            chunks.append(chunk)
        return b"".join(chunks)


async def _uploaded(request: Request, body: bytes) -> UploadFile:
    remedy = "send one multipart field named 'file', or the document itself as the body"

    async def again() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    # Without the application in its scope the parser raises its own errors, not HTTP answers.
    scope = {name: value for name, value in request.scope.items() if name != "app"}
    try:
        form = await Request(scope, again).form(max_files=1, max_fields=10)
    except (MultiPartException, ValueError, KeyError) as error:
        raise Unreadable(
            "malformed", f"the multipart body cannot be read: {error}", where=None, remedy=remedy
        ) from error
    upload = form.get("file")
    if not isinstance(upload, UploadFile):
        raise Unreadable("malformed", "the multipart body has no file field named 'file'", where=None, remedy=remedy)
    return upload


def _told(accepted: Accepted) -> dict[str, object]:
    return {
        "document_id": accepted.document_id,
        "notice_ids": [each.notice_id for each in accepted.notices],
        "revisions": [each.revision for each in accepted.notices],
        "repeated": accepted.repeated,
        "review": list(accepted.review),
    }
