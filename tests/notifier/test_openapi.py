"""The OpenAPI document: every route stands in it, and what it says of bodies holds."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from services.notifier import openapi
from services.notifier.api.operations import OPERATIONS
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.serving import ONE, api, channel, ledger, woken
from tests.notifier.test_audit import SAID, change_endpoints, of, take_in_hand
from tests.notifier.test_edxml import status

__all__ = ["api", "channel", "ledger", "woken"]
DOCUMENT: dict[str, Any] = json.loads(openapi.text())
METHODS = [(path, method) for path, told in DOCUMENT["paths"].items() for method in told]


def schema(part: dict[str, Any]) -> dict[str, Any]:
    """A schema of the document with what it refers to."""
    return {**part, "components": DOCUMENT["components"]}


def found(method: str, path: str) -> dict[str, Any]:
    """What the document says of the route that serves a path: a fixed one before one with a parameter."""
    for known in sorted(DOCUMENT["paths"], key=lambda each: each.count("{")):
        fits = re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", known), path)
        if fits and method.lower() in DOCUMENT["paths"][known]:
            operation: dict[str, Any] = DOCUMENT["paths"][known][method.lower()]
            return operation
    raise AssertionError((method, path))


def test_the_file_is_what_the_routes_say() -> None:
    """`make contracts` writes it."""
    assert openapi.FILE.read_text(encoding="utf-8") == openapi.text()
    assert openapi.main(["--check"]) == 0


def test_a_stale_file_is_said_to_be_stale(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Exit status 1 where it is missing or differs, and 0 once it was written."""
    monkeypatch.setattr(openapi, "FILE", tmp_path / "openapi.json")
    assert openapi.main(["--check"]) == 1
    assert (openapi.main([]), openapi.main(["--check"]), openapi.main(["--help"])) == (0, 0, 2)


async def test_it_is_served(api: httpx.AsyncClient) -> None:
    """Without a key, and with the same routes, but for those of health that are not served here."""
    told = (await api.get("/openapi.json", headers={"authorization": ""})).json()
    assert set(DOCUMENT["paths"]) - set(told["paths"]) == {"/livez", "/readyz", "/metrics"}
    assert told["paths"].items() <= DOCUMENT["paths"].items()


def test_every_word_has_its_route() -> None:
    """And, as the document is made of the routes, every route its words; each has a name of its own."""
    assert {(method.upper(), path) for path, method in METHODS} == set(OPERATIONS)
    assert len({each.name for each in OPERATIONS.values()}) == len(OPERATIONS)


@pytest.mark.parametrize(("path", "method"), METHODS)
def test_an_operation_is_whole(path: str, method: str) -> None:
    """Its parameters are declared, its schemas are schemas, its example is taken, its scope and refusals are named."""
    told = DOCUMENT["paths"][path][method]
    declared = {each["name"] for each in told.get("parameters", ()) if each["in"] == "path"}
    assert declared == set(re.findall(r"\{(\w+)\}", path))
    bodies = [*told["responses"].values(), *([told["requestBody"]] if "requestBody" in told else [])]
    for body in bodies:
        for content in body["content"].values():
            Draft202012Validator.check_schema(schema(content["schema"]))
            for ref in re.findall(r'"\$ref": "([^"]+)"', json.dumps(content)):
                assert ref.removeprefix("#/components/schemas/") in DOCUMENT["components"]["schemas"]
    words = OPERATIONS[method.upper(), path]
    if words.example is not None:
        TypeAdapter(words.takes).validate_python(words.example)
        Draft202012Validator(schema(told["requestBody"]["content"]["application/json"]["schema"])).validate(
            words.example
        )
    assert path.startswith("/v1/") == ("401" in told["responses"]) == bool(told["security"])


async def test_real_answers_are_as_it_says(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """Every JSON answer of a run through all changes and questions, the refusals too."""
    seen: set[str] = set()

    async def check(answer: httpx.Response) -> None:
        request = answer.request
        operation = found(request.method, request.url.path)
        told = operation["responses"].get(str(answer.status_code)) or operation["responses"]["default"]
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in told["content"], (request.url, kind)
        if kind == "application/json":
            Draft202012Validator(schema(told["content"][kind]["schema"])).validate(json.loads(await answer.aread()))
            seen.add(operation["operationId"])

    api.event_hooks = {"response": [check]}
    key = (await api.post("/v1/keys", json={"name": "a", "scopes": ["read"], "per_minute": 1})).json()
    narrow = {"authorization": f"Bearer {key['key']}"}
    for _ in range(2):
        await api.get("/v1/keys", headers=narrow)
    await change_endpoints(api)
    await take_in_hand(api, ledger)
    mail = {"recipient_id": "so-y-te", "kind": "email", "address": "a@b.vn"}
    for made in (await api.post("/v1/endpoints", json=[ONE, mail])).json():
        await api.get(f"/v1/endpoints/{made['endpoint_id']}")
        await api.post(f"/v1/endpoints/{made['endpoint_id']}/test")
    dry = {**SAID, "dry_run": True}
    await api.post("/v1/dead-letters/replay", json=dry)
    await api.get(f"/v1/deliveries/{of('n1', 'w1')}")
    for path in ("endpoints", "deliveries?status=failed", "deliveries", "balance", "keys", "audit", "endpoints/none"):
        await api.get(f"/v1/{path}")
    for path in ("overdue", "endpoints/health", "evidence?notice_id=n1", "evidence?notice_id=none", "retention"):
        await api.get(f"/v1/{path}")
    await api.post("/v1/receipts/edxml", content=status())
    await api.delete(f"/v1/keys/{key['key_id']}")
    await api.get("/v1/keys", headers={"authorization": ""})
    elsewhere = {"exportEndpoints"}
    assert {each.name for (_, path), each in OPERATIONS.items() if path.startswith("/v1/")} - seen == elsewhere
