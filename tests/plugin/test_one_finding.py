"""A defect of a component is told once, at the component, in every report; the gravest and widest comes first."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

Serve = Callable[..., AbstractContextManager[str]]
Run = Callable[..., tuple[pytest.RunResult, dict[str, Any]]]

SHOP = """\
openapi: 3.0.3
info: {title: Shop, version: '1'}
paths:
  /orders:
    get:
      operationId: listOrders
      responses:
        '200':
          description: d
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Order'}}}}
  /orders/1:
    get:
      operationId: getOrder
      responses:
        '200':
          description: d
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
  /reports/1:
    get:
      operationId: getReport
      responses:
        '200':
          description: d
          content:
            application/json:
              schema:
                allOf:
                  - $ref: '#/components/schemas/Order'
                  - properties: {pages: {type: integer}}
components:
  schemas:
    Order:
      type: object
      required: [status]
      properties:
        status:
          type: string
          enum: [new, paid]
"""
ORDER = {"status": "archived"}
BODIES = {"/orders": [{**ORDER, "note": "a longer one"}], "/orders/1": ORDER, "/reports/1": {**ORDER, "pages": "many"}}


def shop(handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
    if handler.command not in {"GET", "HEAD"}:
        return 405, {"Allow": "GET, HEAD"}, b""
    body = BODIES.get(handler.path.partition("?")[0])
    if body is None:
        return 404, {}, b""
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


def test_a_defect_of_a_component_is_told_once_and_first(project: pytest.Pytester, run: Run, serve: Serve) -> None:
    folder = project.path / "specs" / "shop"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(SHOP)

    with serve(shop) as url:
        result, report = run("--contract", "shop", "--base-url", url)

    first, second = report["findings"]
    assert (first["rule"], first["operations"]) == ("response-enum", ["getOrder", "getReport", "listOrders"])
    assert (second["rule"], second["operations"]) == ("response-type", ["getReport"])
    assert (first["where"]["pointer"], first["where"]["file"], first["where"]["line"]) == (
        "/components/schemas/Order/properties/status/enum",
        "specs/shop/openapi.yaml",
        SHOP[: SHOP.index("enum:")].count("\n") + 1,
    )
    (shown,) = first["witness"]["trace"]
    assert (shown["request"]["url"], shown["response"]["body"]) == (f"{url}/orders/1", json.dumps(ORDER))
    page = (project.path / "reports" / "latest" / "report.md").read_text()
    assert re.findall(r"^\d+\. breaking (\S+)", result.stdout.str(), re.MULTILINE) == ["response-enum", "response-type"]
    assert re.findall(r"^### \d+\. Breaking: (\S+)", page, re.MULTILINE) == ["response-enum", "response-type"]
