"""The words of the OpenAPI document about each route; its scope comes from the route itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from contracts.deliveries import Status
from services.notifier.api import answers
from services.notifier.api.endpoint_words import WantedChange, WantedEndpoint, WantedRotation
from services.notifier.api.keys import WantedKey
from services.notifier.api.proofs import WantedVouching
from services.notifier.api.receipts import WantedReceipt
from services.notifier.api.repair import Said, WantedReplay
from services.notifier.api.retention import WantedHold, WantedRun
from services.notifier.audit import Act
from services.notifier.evidence import EvidencePage
from services.notifier.ports import DeliveryRow
from services.notifier.retention import Hold


class Asked(NamedTuple):
    """A query parameter: its name, what it means, its type."""

    name: str
    meaning: str
    kind: Any = str


@dataclass(frozen=True)
class Operation:
    """What a route does, takes and answers. `takes` and `answers`: a model, or a media type where it is no JSON."""

    name: str
    summary: str
    answers: Any
    takes: Any = None
    example: Any = None
    asks: tuple[Asked, ...] = ()
    status: int = 200


_HTML: Final = "text/html"
_JSON: Final = dict[str, Any]
_OFFICE: Final = Asked("recipient_id", "only of this office")
_NOTICE: Final = Asked("notice_id", "only of this notice")
_SINCE: Final = Asked("since", "a moment with its offset: 2026-11-26T08:00:00+07:00")
_LIMIT: Final = Asked("limit", "how many at most", int)
_SAID: Final = {"author": "Lan", "reason": "máy chủ đã sửa"}
_HOOK: Final = {"recipient_id": "vn.p14.so-noi-vu", "kind": "webhook", "url": "https://qlvb.example.vn/in"}
_ONE: Final = "/v1/endpoints/{endpoint_id}"
_DELIVERY: Final = "/v1/deliveries/{delivery_id}"

_ENDPOINTS: Final = {
    ("POST", "/v1/endpoints"): Operation(
        "addEndpoints",
        "Add one endpoint, or a list; what was held for their offices is delivered. 200 where all were there before.",
        answers.EndpointAdded | list[answers.EndpointAdded],
        WantedEndpoint | list[WantedEndpoint],
        _HOOK,
        status=201,
    ),
    ("GET", "/v1/endpoints"): Operation(
        "listEndpoints", "List endpoints, oldest first.", answers.EndpointList, asks=(_OFFICE, _LIMIT)
    ),
    ("GET", "/v1/endpoints/health"): Operation(
        "endpointsHealth",
        "How endpoints fare, the worst first.",
        answers.EndpointsHealth,
        asks=(_OFFICE, Asked("failing", "true: only those whose last attempt failed", bool), _LIMIT),
    ),
    ("GET", _ONE): Operation("showEndpoint", "Show an endpoint.", answers.EndpointShown),
    ("PATCH", _ONE): Operation(
        "changeEndpoint",
        "Change an endpoint; what is left out stays, an option that is null gets its default.",
        answers.EndpointChanged,
        WantedChange,
        {"name": "Văn thư", "options": {"timeout_s": 20}},
    ),
    ("DELETE", _ONE): Operation(
        "removeEndpoint", "Remove an endpoint; what waits for it is held for the office.", answers.EndpointState
    ),
    ("POST", f"{_ONE}/pause"): Operation("pauseEndpoint", "Hold everything for it.", answers.EndpointState),
    ("POST", f"{_ONE}/resume"): Operation(
        "resumeEndpoint", "Deliver to it again, what was held first.", answers.EndpointState
    ),
    ("POST", f"{_ONE}/subscribe"): Operation(
        "subscribeEndpoint", "Send it copies for information only again.", answers.EndpointInformation
    ),
    ("POST", f"{_ONE}/unsubscribe"): Operation(
        "unsubscribeEndpoint", "Send it no more copies for information only.", answers.EndpointInformation
    ),
    ("POST", f"{_ONE}/test"): Operation("testEndpoint", "Send a test now.", answers.EndpointTested),
    ("POST", f"{_ONE}/verify"): Operation(
        "verifyEndpoint", "Ask an unverified endpoint now to prove itself.", answers.EndpointAsked
    ),
    ("POST", f"{_ONE}/vouch"): Operation(
        "vouchForEndpoint",
        "Let an endpoint count as verified without a proof; what was held is delivered.",
        answers.EndpointState,
        WantedVouching,
        {"reason": "văn thư xác nhận qua điện thoại"},
    ),
    ("POST", f"{_ONE}/rotate"): Operation(
        "rotateEndpoint",
        "Give a webhook a new secret, which is told once.",
        answers.EndpointRotated,
        WantedRotation,
        {"grace_hours": 24},
    ),
    ("POST", "/v1/endpoints/reseal"): Operation(
        "resealEndpoints", "Seal all secrets with the newest key.", answers.EndpointsResealed
    ),
    ("GET", "/v1/endpoints/export"): Operation(
        "exportEndpoints",
        "All endpoints, one JSON object a line, in the words that addEndpoints takes.",
        "application/x-ndjson",
        asks=(_OFFICE, Asked("with_secrets", "true: with secrets and credentials", bool)),
    ),
}
_DELIVERIES: Final = {
    ("GET", "/v1/deliveries"): Operation(
        "listDeliveries",
        "List deliveries, newest change first; at least one filter.",
        answers.DeliveryList,
        asks=(
            Asked("assignment_id", "only of this assignment"),
            _NOTICE,
            _OFFICE,
            Asked("status", "only with this status", Status),
            Asked("reason", "only with this reason"),
            _SINCE,
            _LIMIT,
        ),
    ),
    ("GET", "/v1/balance"): Operation(
        "balance", "Assignments by state, and whether the books balance.", answers.BalanceTold, asks=(_NOTICE,)
    ),
    ("GET", _DELIVERY): Operation("showDelivery", "Show a delivery with every attempt.", answers.DeliveryShown),
    ("POST", f"{_DELIVERY}/retry"): Operation(
        "retryDelivery", "Try it now, its schedule begun anew.", DeliveryRow, Said, _SAID
    ),
    ("POST", f"{_DELIVERY}/cancel"): Operation("cancelDelivery", "Give it up.", DeliveryRow, Said, _SAID),
    ("POST", "/v1/dead-letters/replay"): Operation(
        "replayDeadLetters",
        "Try dead letters again, oldest first, at most 10,000 a call.",
        answers.DeadReplayed,
        WantedReplay,
        {**_SAID, "failed_because": "http_503", "rate_per_s": 5},
    ),
    ("POST", "/v1/receipts"): Operation(
        "recordReceipt",
        "Record what an office says of its copy. 200 where it was said before.",
        answers.ReceiptMade,
        WantedReceipt,
        {"assignment_id": "6b1c…", "code": "03", "actor": "QLVB tỉnh"},
        status=201,
    ),
    ("POST", "/v1/receipts/edxml"): Operation(
        "recordEdxmlStatus",
        "Record what an edXML status message (QCVN 102) says. 200 where it was said before.",
        answers.ReceiptMade,
        "application/xml",
        status=201,
    ),
    ("GET", "/v1/overdue"): Operation(
        "overdue",
        "Offices that owe a receipt or the end of their task, the longest first.",
        answers.OverdueList,
        asks=(_NOTICE, _OFFICE, Asked("issuer_id", "only of this issuer"), _LIMIT),
    ),
    ("GET", "/v1/evidence"): Operation(
        "evidence",
        "Who was to get a notice and why, every attempt, receipt, reminder and recall; texts as far as they are kept.",
        EvidencePage,
        asks=(
            Asked("notice_id", "the notice; required"),
            Asked("after", "go on after this assignment_id, as the answer before said"),
            _LIMIT,
        ),
    ),
    ("POST", "/v1/bounces"): Operation(
        "takeBounce", "Take a mail that came back, header and all.", answers.BounceTaken, "message/rfc822"
    ),
}
_OPERATING: Final = {
    ("POST", "/v1/keys"): Operation(
        "createKey",
        "Make an API key, which is told once.",
        answers.KeyMade,
        WantedKey,
        {"name": "Sở Nội vụ", "scopes": ["read", "receipts"], "expires_days": 365, "per_minute": 120},
        status=201,
    ),
    ("GET", "/v1/keys"): Operation("listKeys", "List API keys.", answers.KeyList),
    ("DELETE", "/v1/keys/{key_id}"): Operation(
        "revokeKey", "Let a key open nothing any more, from the next request on.", answers.KeyRevoked
    ),
    ("GET", "/v1/retention"): Operation(
        "retention", "For how long what is kept, what would go now, and what is held back.", answers.RetentionTold
    ),
    ("POST", "/v1/retention/run"): Operation(
        "runRetention",
        "Purge what is due now, 2,000 of a kind or for 20 s a call; `more` says to call again.",
        answers.RetentionRun,
        WantedRun,
        {**_SAID, "dry_run": True},
    ),
    ("POST", "/v1/retention/holds"): Operation(
        "holdNotice",
        "Purge nothing of a notice until it is released. 200 where it was held before.",
        Hold,
        WantedHold,
        {"notice_id": "6b1c…", "author": "Lan", "reason": "đang thanh tra"},
        status=201,
    ),
    ("DELETE", "/v1/retention/holds/{notice_id}"): Operation(
        "releaseNotice", "Let a notice be purged again.", answers.HoldReleased
    ),
    ("GET", "/v1/audit"): Operation(
        "audit",
        "Who changed what, newest first.",
        answers.AuditList,
        asks=(
            _SINCE,
            Asked("who", "name or id of a key; operator, link, ingest"),
            Asked("what", "the change", Act),
            _LIMIT,
        ),
    ),
}
_PUBLIC: Final = {
    ("GET", "/a/{token}"): Operation("showReceiptPage", "The page on which people confirm. Records nothing.", _HTML),
    ("POST", "/a/{token}"): Operation(
        "answerReceiptPage", "What the page's buttons say.", _HTML, "application/x-www-form-urlencoded"
    ),
    ("GET", "/u/{token}"): Operation("showUnsubscribePage", "Asks before unsubscribing. Changes nothing.", _HTML),
    ("POST", "/u/{token}"): Operation(
        "unsubscribe", "One click (RFC 8058).", _HTML, "application/x-www-form-urlencoded"
    ),
    ("GET", "/v/{token}"): Operation(
        "showVerifyPage", "Asks whether a mailbox is the office's. Changes nothing.", _HTML
    ),
    ("POST", "/v/{token}"): Operation(
        "confirmMailbox", "What the page's button says.", _HTML, "application/x-www-form-urlencoded"
    ),
    ("GET", "/d/{token}"): Operation("fetchBody", "The body behind a thin webhook.", _JSON),
    ("GET", "/livez"): Operation("livez", "503 where a loop stalls.", _JSON),
    ("GET", "/readyz"): Operation("readyz", "503 where Kafka or the ledger does not answer.", _JSON),
    ("GET", "/metrics"): Operation("metrics", "Prometheus metrics.", "text/plain"),
    ("GET", "/openapi.json"): Operation("openapi", "This document.", _JSON),
}
OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = {**_ENDPOINTS, **_DELIVERIES, **_OPERATING, **_PUBLIC}
