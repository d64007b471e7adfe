"""docs/webhooks.md: what it shows is run against requests that we signed."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from contracts.webhooks import verify as verifier
from services.notifier import signing
from services.notifier.channels import faults
from services.notifier.endpoint_options import EndpointOptions
from services.notifier.parcel import encode_test
from tests.notifier.samples import SECRET, endpoint

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
BODY = '{"số": "129/TB-VPCP"}\n'.encode()
PRIVATE = "whsk_" + base64.b64encode(bytes(range(32))).decode()
PUBLIC = str(signing.public_key_of(PRIVATE))
OTHER = {SECRET: signing.secret_of(b"o" * 32), PUBLIC: str(signing.public_key_of("whsk_" + "A" * 43 + "="))}
BOTH = pytest.mark.parametrize("key", [SECRET, PUBLIC], ids=["v1", "v1a"])


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def signed(at: datetime | None = None) -> dict[str, str]:
    return signing.headers([SECRET, PRIVATE], "01903da7-5f85", at or datetime.now(UTC), BODY)


def run(command: list[str], folder: Path, told: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(told or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    return done.stdout + done.stderr


def need(tool: str) -> str:
    found = shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} is not on this machine")
    return found


def cases(key: str, *, whole: bool = True) -> Iterator[tuple[str, dict[str, str], bytes, bool]]:
    """A good request, and one each with another key and another body; of a `whole` check an old time, no headers."""
    yield key, signed(), BODY, True
    yield OTHER[key], signed(), BODY, False
    yield key, signed(), BODY + b" ", False
    if whole:
        yield key, signed(datetime(2026, 1, 1, tzinfo=UTC)), BODY, False
        yield key, {}, BODY, False


@BOTH
def test_the_python_shown_verifies(key: str, tmp_path: Path) -> None:
    """With the verifier copied beside it, as the page says."""
    shutil.copy(str(verifier.__file__), tmp_path / "verify.py")
    (code,) = snippets("python")
    drive = "\nimport json, sys\nkey, headers, body = json.loads(sys.argv[1])\nreceive([key], headers, body.encode())\n"
    (tmp_path / "receive.py").write_text(code + drive, encoding="utf-8")
    for given, headers, body, good in cases(key):
        told = json.dumps([given, headers, body.decode()])
        assert ("good: 01903da7-5f85" in run([sys.executable, "receive.py", told], tmp_path)) is good, headers


@BOTH
def test_the_node_shown_verifies(key: str, tmp_path: Path) -> None:
    """With nothing but what Node brings."""
    node = need("node")
    (code,) = snippets("js")
    drive = "\nconst [key, headers, body] = JSON.parse(process.argv[2]);"
    drive += "\nconsole.log(verify(key, headers, Buffer.from(body)));"
    (tmp_path / "verify.js").write_text(code + drive, encoding="utf-8")
    for given, headers, body, good in cases(key):
        said = run([node, "verify.js", json.dumps([given, headers, body.decode()])], tmp_path)
        assert said.strip() == str(good).lower(), headers


@pytest.mark.timeout(240)
def test_the_go_shown_verifies(tmp_path: Path) -> None:
    """With the standard library alone."""
    go = need("go")
    (code,) = snippets("go")
    (tmp_path / "verify.go").write_text(code, encoding="utf-8")
    (tmp_path / "main.go").write_text(_GO_MAIN, encoding="utf-8")
    (tmp_path / "go.mod").write_text("module page\n\ngo 1.21\n", encoding="utf-8")
    settings = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local"}
    said = subprocess.run(
        [go, "build", "-o", "page", "."],
        cwd=tmp_path,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert said.returncode == 0, said.stderr
    for key in (SECRET, PUBLIC):
        for given, headers, body, good in cases(key):
            told = json.dumps({"key": given, "headers": headers, "body": body.decode()})
            assert run([str(tmp_path / "page"), told], tmp_path).strip() == str(good).lower(), headers


_GO_MAIN = """package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

func main() {
	var told struct {
		Key     string
		Headers map[string]string
		Body    string
	}
	if err := json.Unmarshal([]byte(os.Args[1]), &told); err != nil {
		panic(err)
	}
	header := http.Header{}
	for name, value := range told.Headers {
		header.Set(name, value)
	}
	fmt.Println(Verify(told.Key, header, []byte(told.Body), 5*time.Minute))
}
"""


@pytest.mark.parametrize(
    ("place", "name", "key"), [(0, "secret", SECRET), (1, "public_key", PUBLIC)], ids=["v1", "v1a"]
)
def test_the_shell_shown_verifies(place: int, name: str, key: str, tmp_path: Path) -> None:
    """With OpenSSL's command; it looks at no time, as the page says."""
    need("openssl")
    code = snippets("sh")[place]
    for given, headers, body, good in cases(key, whole=False):
        (tmp_path / "body.json").write_bytes(body)
        told = {
            "id": headers["webhook-id"],
            "timestamp": headers["webhook-timestamp"],
            "signatures": headers["webhook-signature"],
            name: given,
        }
        said = run(["sh", "-c", code], tmp_path, told)
        assert ("good" in said.split()) is good, said


def test_the_request_that_the_shell_makes_is_good(tmp_path: Path) -> None:
    """What the page sends to try a receiver is what noinhan would send, and the verifier takes it."""
    for tool in ("openssl", "curl"):
        need(tool)
    got: list[tuple[dict[str, str], bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((dict(self.headers.items()), self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Receiver) as listening:
        thread = Thread(target=listening.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{listening.server_port}/in"
        said = run(["sh", "-c", snippets("sh")[2]], tmp_path, {"secret": SECRET, "url": url, "no_proxy": "127.0.0.1"})
        thread.join()
    ((headers, body),) = got
    assert said.strip() == "204"
    assert verifier.verify(SECRET, headers, body) == "try-1"
    assert json.loads(body).keys() == json.loads(encode_test(endpoint(), datetime.now(UTC))).keys()


@pytest.mark.uncompiled
def test_every_reason_of_a_failure_is_on_the_page() -> None:
    """What a receiver may be shown, it can look up."""
    text = "".join(Path(str(module.__file__)).read_text() for module in (faults,))
    reasons = set(re.findall(r'"(tls_\w+|bad_answer|refused|no_connection|disconnected|name_\w+)"', text))
    assert len(reasons) > 12
    assert {each for each in reasons if f"`{each}`" not in PAGE} == set()


def test_every_option_is_on_the_page() -> None:
    """What an endpoint may choose is told with its name in the API."""
    assert {each for each in EndpointOptions.model_fields if each not in PAGE} == set()
