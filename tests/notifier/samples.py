"""Things that tests of the notifier need: an assignment, an endpoint, a clock that stands still."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from pydantic import SecretStr

from contracts.assignments import AssignmentRouted, Reason, Recipient
from contracts.identity import assignment_id
from contracts.notices import NoticeRecalled, Original, RecallAction, Task
from services.notifier.channels.webhook import HttpEngine, WebhookChannel
from services.notifier.endpoints import Endpoint
from services.notifier.links import Links
from services.notifier.outcome import Verdict
from services.notifier.parcel import encode
from services.notifier.ports import Claim, Outcome, Recalled, Taken
from services.notifier.vault import Vault

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
SECRETS_KEY = "a2V5LWtleS1rZXkta2V5LWtleS1rZXkta2V5LWtleS0="
VAULT = Vault([SECRETS_KEY])
SEALED = VAULT.seal(SECRET)
LINK_KEY = "a-link-key-for-tests"
LINKS = Links("http://127.0.0.1:1", "", SecretStr(LINK_KEY), days=90)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def assignment(office: str = "ubnd-luc-nam", notice: str = "n1", **changes: Any) -> AssignmentRouted:
    """One office's copy of one notice."""
    fields: dict[str, Any] = {
        "assignment_id": assignment_id(notice, 1, office),
        "notice_id": notice,
        "revision": 1,
        "document_id": "d" * 64,
        "number": "129/TB-VPCP",
        "doc_type": "thông báo",
        "issuer": "Văn phòng Chính phủ",
        "issued_on": date(2026, 11, 20),
        "subject": "Kết luận về phòng, chống lụt bão",
        "urgency": "thường",
        "recipient": Recipient(recipient_id=office, name="UBND huyện Lục Nam", level="district", province="Bắc Giang"),
        "role": "thực hiện",
        "because": (Reason(line="UBND các huyện, thành phố", rule="group:districts", purpose="để thực hiện"),),
        "tasks": (
            Task(
                task_id="t1",
                assignees=("UBND các huyện",),
                role="chủ trì",
                text="Rà soát <các hồ chứa> & báo cáo",
                deadline=date(2026, 12, 10),
            ),
        ),
        "original": Original(
            url="http://127.0.0.1:1/o/abc", file_name="129-tb.pdf", media_type="application/pdf", size_bytes=10
        ),
        "directory_version": "1",
    }
    return AssignmentRouted(**{**fields, **changes})


def taken(office: str = "ubnd-luc-nam", notice: str = "n1", **changes: Any) -> Taken:
    """The same, as it comes in."""
    made = assignment(office, notice, **changes)
    return Taken(made, encode(made, "http://127.0.0.1:1/a/token", NOW), TRACE)


def recalled(action: RecallAction = "recalled", notice: str = "n1", **changes: Any) -> Recalled:
    """What the issuer says of a notice that it sent, as it comes in."""
    fields: dict[str, Any] = {
        "notice_id": notice,
        "revision": 1,
        "action": action,
        "by_number": "131/TB-VPCP",
        "author": "Văn thư VPCP",
        "reason": "sai thời hạn <10/12>",
        "at": NOW,
    }
    return Recalled(NoticeRecalled(**{**fields, **changes}), TRACE)


def endpoint(endpoint_id: str = "e1", office: str = "ubnd-luc-nam", **changes: Any) -> Endpoint:
    """A webhook of an office, unless `changes` say otherwise."""
    fields: dict[str, Any] = {
        "endpoint_id": endpoint_id,
        "recipient_id": office,
        "kind": "webhook",
        "target": f"http://127.0.0.1:9/{endpoint_id}",
        "secret": SEALED,
        "name": None,
        "state": "active",
        "created_at": NOW,
    }
    return Endpoint(**{**fields, **changes})


def ended(claim: Claim, verdict: Verdict | None = None, at: datetime = NOW) -> Outcome:
    """The claim's attempt, delivered unless `verdict` says otherwise."""
    return Outcome(claim, verdict or Verdict("delivered", "accepted"), "ok", at, 1.5)


def webhook_channel(engine: HttpEngine, log: SilentLog | None = None) -> WebhookChannel:
    """The channel of webhooks over this engine."""
    return WebhookChannel(engine, VAULT, body_url=LINKS.body, log=log or SilentLog())


class SilentLog:
    """Takes log lines and keeps them."""

    def __init__(self) -> None:
        self.lines: list[dict[str, object]] = []

    def _keep(self, event: str, /, **fields: object) -> None:
        self.lines.append({"event": event, **fields})

    debug = info = warning = error = _keep
