"""How this machine reaches its package registries, so that a virtual machine does it the same way.

Nothing here names a registry: files and settings are taken from the machine as it is.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from lab.images import sources

OWN_AUTHORITIES = Path("/usr/local/share/ca-certificates")  # where Debian keeps what an administrator added
PIP = Path("/etc/pip.conf")
SETTINGS = (
    "PIP_",
    "GOPROXY",
    "GONOSUMDB",
    "GOSUMDB",
    "GOFLAGS",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)
LOCAL = ("PIP_FIND_LINKS", "PIP_CACHE_DIR", "PIP_CERT")  # folders and files of this machine


def machine_suite(etc: Path = Path("/etc")) -> str:
    """The release name of this machine's own Debian, for example bookworm."""
    lines = (etc / "os-release").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)["VERSION_CODENAME"].strip('"')


def apt_sources(suite: str, etc: Path = Path("/etc")) -> str:
    """deb822 text for `suite`: this machine's own entries, with the release exchanged where it runs another one."""
    own = machine_suite(etc)
    text = sources.debian_sources(own, etc / "apt")
    return "\n".join(_for_suite(line, own, suite) for line in text.splitlines()) + "\n"


def _for_suite(line: str, own: str, suite: str) -> str:
    return line.replace(own, suite) if line.startswith("Suites:") else line


def authorities(folder: Path = OWN_AUTHORITIES) -> dict[str, bytes]:
    """Certificates that this machine's administrator added, by file name."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.crt"))}


def settings(environment: Mapping[str, str] = os.environ) -> str:
    """Lines of /etc/environment: how pip and Go reach their registries here."""
    rows = {name: value for name, value in environment.items() if name.startswith(SETTINGS) and name not in LOCAL}
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(rows.items()))


def files(suite: str) -> dict[str, bytes]:
    """Everything that goes into a virtual machine, by its path there."""
    found = {
        "etc/apt/sources.list.d/debian.sources": apt_sources(suite).encode(),
        "etc/apt/apt.conf.d/90fetching": sources.fetching().encode(),
        "etc/environment": settings().encode(),
        **{f"usr/local/share/ca-certificates/{name}": data for name, data in authorities().items()},
    }
    if PIP.exists():
        found["etc/pip.conf"] = PIP.read_bytes()
    return found
