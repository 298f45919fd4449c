"""The portal from the vantage point `internet`, in both families and both languages."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from inventory.model.zones import LocationId
from inventory.rendering.host_variables import portal as content
from tests.estate.checked_hosts import CheckedHost, outside, state

PROBE = Path(__file__).parent / "browser_probe.py"
HALF_A_YEAR = 15_768_000
PAGES = {"/": "zh-CN", "/en/": "en"}


@cache
def _probe(addresses: tuple[str, ...], names: tuple[str, ...], prefix: tuple[str, ...]) -> dict[str, Any]:
    authority = state(LocationId.EXTRANET) / "ca" / "ca.crt"
    request = {"addresses": addresses, "names": names, "unknown_name": f"wrong.{names[0]}", "authority": str(authority)}
    process = subprocess.run(
        [*prefix, sys.executable, str(PROBE), json.dumps(request)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    document: dict[str, Any] = json.loads(process.stdout)
    return document


@pytest.fixture
def probe(portal: CheckedHost) -> dict[str, Any]:
    interface = portal.blueprint.working_interfaces(portal.declared)[0]
    addresses = tuple(map(str, portal.blueprint.addresses(portal.declared, interface)))
    names = tuple(content(portal.blueprint)["names"])
    return _probe(addresses, names, tuple(outside(portal.blueprint, "internet")))


def test_both_languages_answer_in_both_families_under_every_name(probe: dict[str, Any], portal: CheckedHost) -> None:
    assert len(probe["responses"]) == 2 * len(content(portal.blueprint)["names"])
    for item in probe["responses"]:
        assert {path: item[path]["status"] for path in PAGES} == {"/": 200, "/en/": 200}
        assert item["/style.css"]["status"] == 200
        assert item["/absent"]["status"] == 404
        for path, language in PAGES.items():
            assert ElementTree.fromstring(item[path]["text"]).get("lang") == language  # noqa: S314  # our own page


def test_pages_have_the_public_content_of_the_blueprint(probe: dict[str, Any], portal: CheckedHost) -> None:
    for path, lang in {"/": "zh", "/en/": "en"}.items():
        text = "".join(ElementTree.fromstring(probe["responses"][0][path]["text"]).itertext())  # noqa: S314  # our own page
        entries = [*portal.blueprint.agencies, *portal.blueprint.service_halls, portal.blueprint.district]
        assert [item.id for item in entries if item.name(lang) not in text] == []


def test_only_tls_1_3_is_accepted(probe: dict[str, Any]) -> None:
    assert {item["protocol"] for item in probe["responses"]} == {"TLSv1.3"}
    assert "connected" not in probe["old"].values()


def test_an_unknown_name_gets_no_certificate(probe: dict[str, Any]) -> None:
    assert set(probe["unknown"].values()) == {"TLSV1_UNRECOGNIZED_NAME"}


def test_security_headers(probe: dict[str, Any]) -> None:
    for item in probe["responses"]:
        for path in (*PAGES, "/absent"):
            headers = item[path]["headers"]
            assert int(headers["strict-transport-security"].removeprefix("max-age=")) >= HALF_A_YEAR
            assert headers["content-security-policy"].startswith("default-src 'none'")
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["server"] == "nginx", "no version"


def test_port_80_redirects_to_tls(probe: dict[str, Any]) -> None:
    for item in probe["responses"]:
        assert item["redirect"]["status"] == 301
        assert item["redirect"]["headers"]["location"] == f"https://{item['name']}/en/?from=80"
