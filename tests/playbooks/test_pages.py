"""The portal's pages, rendered without a host: content, languages, and escaping of names."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import jinja2
import pytest
import yaml

from inventory.model.blueprint import Blueprint
from inventory.rendering.host_variables import district, portal
from tests.playbooks.conftest import PLAYBOOKS

ROLE = PLAYBOOKS / "roles" / "portal"
XHTML = "{http://www.w3.org/1999/xhtml}"
LANGUAGES = ("zh", "en")


def values(built: Blueprint) -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load((ROLE / "vars" / "main.yml").read_text())
    return told | {"portal__content": portal(built), "portal__district": district(built)}


def page(given: dict[str, Any], lang: str) -> str:
    """As Ansible renders it: the same settings, and an unknown name is an error."""
    environment = jinja2.Environment(  # noqa: S701  # the template escapes by itself, that is what is tested here
        loader=jinja2.FileSystemLoader(ROLE / "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.j2").render(given, lang=lang)


def tree(given: dict[str, Any], lang: str) -> ElementTree.Element:
    return ElementTree.fromstring(page(given, lang))  # noqa: S314  # our own page


@pytest.fixture
def given(built: Blueprint) -> dict[str, Any]:
    return values(built)


def test_both_languages_have_the_same_words() -> None:
    words = yaml.safe_load((ROLE / "vars" / "main.yml").read_text())["portal__words"]
    zh, en = (words[lang] for lang in LANGUAGES)
    assert zh.keys() == en.keys()
    assert zh["groups"].keys() == en["groups"].keys()
    assert zh["kinds"].keys() == en["kinds"].keys()


def test_both_languages_have_the_same_shape(given: dict[str, Any]) -> None:
    shapes = [[element.tag for element in tree(given, lang).iter()] for lang in LANGUAGES]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_all_public_content_is_present(given: dict[str, Any], built: Blueprint, lang: str) -> None:
    text = "".join(tree(given, lang).itertext())
    told = [*built.agencies, *built.tasks, *built.service_halls]
    assert len(told) > 40, "the control: there is something to tell"
    assert [item.id for item in told if item.name(lang) not in text] == []
    assert len(given["portal__kinds"]) == 9, "the nine kinds of the city's measures, art. 14"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages_are_accessible(given: dict[str, Any], lang: str) -> None:
    root = tree(given, lang)
    assert root.get("lang") == given["portal__words"][lang]["code"]
    body = next(root.iter(f"{XHTML}body"))
    assert [element.tag.removeprefix(XHTML) for element in body] == ["a", "header", "main", "footer"]
    assert len(list(root.iter(f"{XHTML}h1"))) == 1
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    links = [element.get("href", "") for element in root.iter(f"{XHTML}a")]
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    for section in root.iter(f"{XHTML}section"):
        assert section.get("aria-labelledby") in ids
    assert all(image.get("alt") is not None for image in root.iter(f"{XHTML}img"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_loaded_from_elsewhere(given: dict[str, Any], lang: str) -> None:
    own = f"https://{given['portal__content']['names'][0]}/"
    for element in tree(given, lang).iter():
        assert element.tag not in (f"{XHTML}script", f"{XHTML}iframe", f"{XHTML}style")
        for name in ("src", "href"):
            target = element.get(name)
            assert target is None or target.startswith(("/", "#", own)), target


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_name_from_the_blueprint_stays_a_name(given: dict[str, Any], lang: str) -> None:
    odd = '<script>alert("&")</script>'
    for thing in (
        given["portal__content"]["agencies"][0],
        given["portal__content"]["tasks"][0],
        given["portal__content"]["halls"][0],
        given["portal__district"],
    ):
        for field in [key for key in thing if key.startswith(("name", "hours", "city"))]:
            thing[field] = odd
    root = tree(given, lang)
    assert list(root.iter(f"{XHTML}script")) == []
    assert odd in "".join(root.itertext())
