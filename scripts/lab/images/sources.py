"""This machine's own package sources, limited to those that Debian signs for the images' suite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

from lab.commands import run
from lab.errors import LabError

ETC = Path("/etc/apt")
ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)")
OPTION_NAMES = {"signed-by": "Signed-By", "arch": "Architectures", "trusted": "Trusted"}
# settings for fetching packages (proxy, old snapshot), none for installing them
FETCHING = re.compile(r'Acquire::(https?::|[a-z]+::Proxy|Check-|Retries)\S* ".*";')

RELEASES = ("bookworm", "trixie")
"""Debian releases; the archive keyring of each has the keys of all of them."""

Stanza = Mapping[str, str]


def debian_sources(suite: str, etc: Path = ETC) -> str:
    """deb822 text: this machine's entries for SUITE, its updates and its security fixes.

    On another Debian release, the entries name that release's suite; the same archive also has SUITE, signed by keys
    of the same keyring. LAB022 if the machine has no Debian archive.
    """
    for own in (suite, *(other for other in RELEASES if other != suite)):
        kept = list(_kept(own, suite, etc))
        if any(suite in stanza["Suites"].split() for stanza in kept):
            break
    else:
        raise LabError("LAB022", f"0 of {sum(1 for _ in _stanzas(etc))} entries fit", suite=suite, folder=etc)
    return "\n\n".join("\n".join(f"{key}: {value}" for key, value in stanza.items()) for stanza in kept) + "\n"


def _kept(own: str, suite: str, etc: Path) -> Iterator[Stanza]:
    """The machine's entries for its release `own`, with `suite` in its place."""
    suites_by_name = {own: suite, f"{own}-updates": f"{suite}-updates", f"{own}-security": f"{suite}-security"}
    for stanza in _stanzas(etc):
        if narrowed := _narrow(stanza, suites_by_name.keys()):
            yield {**narrowed, "Suites": " ".join(suites_by_name[name] for name in narrowed["Suites"].split())}


def _narrow(stanza: Stanza, suites_by_name: Set[str]) -> Stanza | None:
    suites = [suite for suite in stanza.get("Suites", "").split() if suite in suites_by_name]
    binary_main = "deb" in stanza.get("Types", "").split() and "main" in stanza.get("Components", "").split()
    by_debian = "debian-archive" in stanza.get("Signed-By", "debian-archive")
    enabled = stanza.get("Enabled", "yes").lower() not in ("no", "false")
    on_disc = stanza.get("URIs", "").startswith("cdrom:")
    if not (suites and binary_main and by_debian and enabled) or on_disc:
        return None
    return {**stanza, "Types": "deb", "Suites": " ".join(suites), "Components": "main"}


def _stanzas(etc: Path) -> Iterator[Stanza]:
    """Every entry of the machine as deb822 fields, including one-line entries."""
    for path in (etc / "sources.list", *sorted((etc / "sources.list.d").glob("*.list"))):
        if path.exists():
            yield from (stanza for line in path.read_text().splitlines() if (stanza := _one_line(line)))
    for path in sorted((etc / "sources.list.d").glob("*.sources")):
        for block in re.split(r"\n\s*\n", path.read_text()):
            yield dict(_fields(block))


def _one_line(line: str) -> Stanza | None:
    match = ONE_LINE.fullmatch(line.split("#")[0].strip())
    if not match:
        return None
    options = dict(option.split("=", 1) for option in (match["options"] or "").split() if "=" in option)
    return {
        "Types": "deb",
        "URIs": match["uri"],
        "Suites": match["suite"],
        "Components": match["components"],
        **{OPTION_NAMES[key]: value.replace(",", " ") for key, value in options.items() if key in OPTION_NAMES},
    }


def _fields(block: str) -> Iterator[tuple[str, str]]:
    """deb822: `Key: value`, comment lines, continuation lines that start with a blank (a key block in Signed-By)."""
    text = "\n".join(line for line in block.splitlines() if not line.startswith("#"))
    for field in re.split(r"\n(?=\S)", text.strip()):
        key, colon, value = field.partition(":")
        if colon:
            yield key.strip(), value.strip(" \t")


def fetching() -> str:
    """apt.conf text: how this machine reaches its package sources."""
    return "\n".join(line for line in run(["apt-config", "dump"]).splitlines() if FETCHING.fullmatch(line)) + "\n"
