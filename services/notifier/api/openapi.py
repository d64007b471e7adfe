"""The OpenAPI 3.1 document of the notifier, made of its routes, their words and their models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.notifier.api.answers import Problem
from services.notifier.api.gate import Keyed, Open
from services.notifier.api.operations import OPERATIONS, Operation

_REF: Final = "#/components/schemas/{model}"
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_REFUSALS: Final = {
    "401": "the key is missing, wrong, revoked or expired",
    "403": "the key has not the scope",
    "429": "the key asks too often; Retry-After says when to come again",
    "default": "refused; the problem says why and what to do",
}
_DESCRIPTION: Final = (
    "Deliveries, endpoints, receipts and keys of noinhan's notifier. Send `Authorization: Bearer KEY`; each operation "
    "names the scope that the key needs. Bodies of webhooks are described in docs/webhooks.md."
)
Key = tuple[str, str]
Schemas = dict[tuple[Key, JsonSchemaMode], dict[str, Any]]


def routes_with_document(routes: Sequence[Route], version: str) -> list[Route]:
    """The routes, and one that serves the document of all of them."""
    told: dict[str, Any] = {}

    async def serve(_: Request) -> Response:
        return JSONResponse(told)

    every = [*routes, Open("GET", "/openapi.json", serve)]
    told.update(document(every, version))
    return every


def document(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """The document. Raises KeyError where a route has no words in OPERATIONS."""
    found = [((method, route.path), route) for route in routes for method in sorted(_methods(route))]
    schemas, components = _schemas([key for key, _ in found])
    paths: dict[str, dict[str, Any]] = {}
    for key, route in sorted(found, key=lambda each: (each[0][1], each[0][0])):
        paths.setdefault(key[1], {})[key[0].lower()] = _operation(key, route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "noinhan notifier", "version": version, "description": _DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "an API key"}},
        },
    }


def _methods(route: Route) -> set[str]:
    return (route.methods or {"GET"}) - {"HEAD"}


def _schemas(keys: Sequence[Key]) -> tuple[Schemas, dict[str, Any]]:
    wanted: list[tuple[Key, JsonSchemaMode, TypeAdapter[Any]]] = [
        (("", "Problem"), "serialization", TypeAdapter(Problem))
    ]
    for key in keys:
        operation = OPERATIONS[key]
        if operation.takes is not None and not isinstance(operation.takes, str):
            wanted.append((key, "validation", TypeAdapter(operation.takes)))
        if not isinstance(operation.answers, str):
            wanted.append((key, "serialization", TypeAdapter(operation.answers)))
    made, definitions = TypeAdapter.json_schemas(wanted, ref_template=_REF)
    return made, definitions["$defs"]


def _operation(key: Key, route: Route, schemas: Schemas) -> dict[str, Any]:
    words = OPERATIONS[key]
    keyed = isinstance(route, Keyed)
    told: dict[str, Any] = {"operationId": words.name, "summary": words.summary}
    told["security"] = [{"key": [route.scope]}] if isinstance(route, Keyed) else []
    parameters = [_in_path(name) for name in _PARAMETER.findall(key[1])] + _asked(words)
    if parameters:
        told["parameters"] = parameters
    if words.takes is not None:
        told["requestBody"] = {"required": True, "content": _content(words.takes, schemas.get((key, "validation")))}
        if words.example is not None:
            told["requestBody"]["content"]["application/json"]["example"] = words.example
    answer = {"description": words.summary, "content": _content(words.answers, schemas.get((key, "serialization")))}
    told["responses"] = {str(each): answer for each in sorted({200, words.status})}
    if keyed:
        content = _content(Problem, schemas[("", "Problem"), "serialization"])
        told["responses"] |= {code: {"description": why, "content": content} for code, why in _REFUSALS.items()}
    return told


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _asked(words: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "query", "description": meaning, "schema": TypeAdapter(kind).json_schema()}
        for name, meaning, kind in words.asks
    ]


def _content(kind: Any, schema: dict[str, Any] | None) -> dict[str, Any]:
    return {kind: {"schema": {"type": "string"}}} if isinstance(kind, str) else {"application/json": {"schema": schema}}
