"""docs/ci.md: a server receives what the job writes. The test's server on the loopback keeps posted documents."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from policies.gate.outputs.render import write
from tests.policies.conftest import ROOT
from tests.policies.test_outputs import everything

JOB, POST = re.findall(r"```(?:bash|python)\n(.*?)```", (ROOT / "docs" / "ci.md").read_text("utf-8"), re.S)


class Kept(BaseHTTPRequestHandler):
    posted: ClassVar[dict[str, tuple[str, dict[str, Any]]]] = {}
    """Path -> credentials and body."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posted[self.path] = str(self.headers["Authorization"]), json.loads(body)
        self.send_response(201)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """No access log."""


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Kept) as one:
        threading.Thread(target=one.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{one.server_address[1]}"
        one.shutdown()


def test_the_comment_and_the_sarif_arrive_whole(server: str, tmp_path: Path) -> None:
    document = everything().as_json()
    for name in ("gate.md", "gate.sarif"):
        write(document, tmp_path / name, "zh")
    job = {"TOKEN": "t", "COMMIT": "c", "REF": "r", "no_proxy": "*"}
    environment = {**os.environ, "COMMENTS": f"{server}/comments", "SARIFS": f"{server}/sarifs", **job}
    subprocess.run([sys.executable, "-c", POST], cwd=tmp_path, env=environment, check=True, timeout=60)
    (who, comment), (_, upload) = Kept.posted["/comments"], Kept.posted["/sarifs"]
    assert who == "Bearer t"
    assert comment["body"] == (tmp_path / "gate.md").read_text("utf-8")
    sarif = gzip.decompress(base64.b64decode(upload["sarif"]))
    assert sarif == (tmp_path / "gate.sarif").read_bytes()
    assert (upload["commit_sha"], upload["ref"]) == ("c", "r")


def test_the_job_writes_what_is_posted() -> None:
    assert {"gate.md", "gate.sarif"} <= set(re.findall(r"gate\.\w+", JOB))
    assert "--view planned --from events.json" in JOB
