"""The portal as the public sees it: from the Internet's vantage point, in both families and both languages."""

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
from tests.estate.seen import Seen, outside, state

LOOK = Path(__file__).parent / "look.py"
HALF_A_YEAR = 15_768_000
PAGES = {"/": "zh-CN", "/en/": "en"}


@cache
def _look(addresses: tuple[str, ...], names: tuple[str, ...], way: tuple[str, ...]) -> dict[str, Any]:
    authority = state(LocationId.EXTRANET) / "ca" / "ca.crt"
    asked = {"addresses": addresses, "names": names, "stranger": f"wrong.{names[0]}", "authority": str(authority)}
    done = subprocess.run(
        [*way, sys.executable, str(LOOK), json.dumps(asked)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


@pytest.fixture
def look(portal: Seen) -> dict[str, Any]:
    interface = portal.blueprint.working_interfaces(portal.declared)[0]
    addresses = tuple(map(str, portal.blueprint.addresses(portal.declared, interface)))
    names = tuple(content(portal.blueprint)["names"])
    return _look(addresses, names, tuple(outside(portal.blueprint, "internet")))


def test_both_languages_answer_in_both_families_under_every_name(look: dict[str, Any], portal: Seen) -> None:
    assert len(look["seen"]) == 2 * len(content(portal.blueprint)["names"])
    for item in look["seen"]:
        assert {path: item[path]["status"] for path in PAGES} == {"/": 200, "/en/": 200}
        assert item["/style.css"]["status"] == 200
        assert item["/absent"]["status"] == 404
        for path, language in PAGES.items():
            assert ElementTree.fromstring(item[path]["text"]).get("lang") == language  # noqa: S314  # our own page


def test_pages_tell_what_the_blueprint_tells_the_public(look: dict[str, Any], portal: Seen) -> None:
    for path, lang in {"/": "zh", "/en/": "en"}.items():
        text = "".join(ElementTree.fromstring(look["seen"][0][path]["text"]).itertext())  # noqa: S314  # our own page
        told = [*portal.blueprint.agencies, *portal.blueprint.service_halls, portal.blueprint.district]
        assert [item.id for item in told if item.name(lang) not in text] == []


def test_tls_is_new_and_nothing_else(look: dict[str, Any]) -> None:
    assert {item["protocol"] for item in look["seen"]} == {"TLSv1.3"}
    assert "made" not in look["old"].values()


def test_a_name_that_is_not_ours_gets_no_certificate(look: dict[str, Any]) -> None:
    assert set(look["strangers"].values()) == {"TLSV1_UNRECOGNIZED_NAME"}


def test_browsers_are_told_to_stay_with_tls_and_with_us(look: dict[str, Any]) -> None:
    for item in look["seen"]:
        for path in (*PAGES, "/absent"):
            headers = item[path]["headers"]
            assert int(headers["strict-transport-security"].removeprefix("max-age=")) >= HALF_A_YEAR
            assert headers["content-security-policy"].startswith("default-src 'none'")
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["server"] == "nginx", "no version"


def test_port_80_leads_to_the_same_page_over_tls(look: dict[str, Any]) -> None:
    for item in look["seen"]:
        assert item["redirect"]["status"] == 301
        assert item["redirect"]["headers"]["location"] == f"https://{item['name']}/en/?from=80"
