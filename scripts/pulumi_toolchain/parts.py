"""The parts that are built, their sources, and the name of the result in the cache."""

from __future__ import annotations

import hashlib
import platform
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE / "go"
GO_NEEDED = (1, 26)
ENGINE = "github.com/pulumi/pulumi/pkg/v3"

# The Python SDK requires the plugin of exactly its own version: the same as pulumi-docker in pyproject.toml.
DOCKER_PLUGIN = "5.2.0"

TAGS = "osusergo,grpcnotrace"
LINKING = "-s -w"


@dataclass(frozen=True, slots=True)
class BuildPart:
    """Programs of the Go module in `source` that share one folder of the cache.

    `packages` are compiled into `into`, relative to the result's folder, each to a program of the package's last name
    ("tool" to that of go.mod's tool). `contents` are their sources, relative to `source`. `flags` are for the
    linker; `scripts` are files copied beside the programs from a module that the build fetches: (module,
    its files). `program` run with the argument `asks_version` must print `version`. A `closed` part is compiled
    without the code that `closing` removes from the upstream modules.
    """

    name: str
    version: str
    source: Path
    contents: tuple[str, ...]
    packages: tuple[str, ...]
    into: str
    flags: str
    program: str
    asks_version: str
    scripts: tuple[str, tuple[str, ...]] | None = None
    closed: bool = True

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def folder(self) -> str:
        """Name of the result in the cache. It changes with every source file and with the build options."""
        how = (self.packages, self.into, self.flags, self.scripts, self.closed, TAGS, LINKING)
        digest = hashlib.sha256(f"{how} {sys.platform} {platform.machine()}".encode())
        roots = [self.source / name for name in self.contents]
        for path in sorted(path for root in roots for path in (root, *root.rglob("*"))):
            if path.is_file():
                digest.update(f"\0{path.relative_to(self.source)}\0{path.stat().st_size}\0".encode())
                digest.update(path.read_bytes())
        return f"{self.name}-{self.version}-{digest.hexdigest()[:16]}"


def pulumi(source: Path = SOURCE) -> BuildPart:
    """The engine with its command line, our language host, and two scripts that the Python SDK needs beside them."""
    version = required(source, ENGINE)
    return BuildPart(
        name="pulumi",
        version=version,
        source=source,
        contents=("go.mod", "go.sum", "_closed", "pulumi-language-python"),
        packages=("tool", "./pulumi-language-python"),
        into="bin",
        flags=f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{version}",
        program="bin/pulumi",
        asks_version="version",
        scripts=(
            "github.com/pulumi/pulumi/sdk/v3",
            ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python"),
        ),
    )


def unmodified(source: Path = SOURCE) -> BuildPart:
    """The same part with unmodified upstream modules; tests use it in place of the vendor's own distribution."""
    ours = pulumi(source)
    return replace(
        ours,
        name="unmodified-pulumi",
        closed=False,
        contents=tuple(name for name in ours.contents if name != "_closed"),
    )


def docker(source: Path = SOURCE) -> BuildPart:
    """The Docker plugin, in the layout of a PULUMI_HOME."""
    folder = f"plugins/{plugin_folder()}"
    return BuildPart(
        name="docker",
        version=DOCKER_PLUGIN,
        source=source,
        contents=("go.mod", "go.sum", "_closed", "pulumi-resource-docker", "shim"),
        packages=("./pulumi-resource-docker",),
        into=folder,
        flags=f"-X lantu.internal/engine/pulumi-resource-docker/info.Version={DOCKER_PLUGIN}",
        program=f"{folder}/pulumi-resource-docker",
        asks_version="-version",
    )


def plugin_folder() -> str:
    return f"resource-docker-v{DOCKER_PLUGIN}"


def required(source: Path, module: str) -> str:
    """The version of a module that go.mod in `source` requires, without the v."""
    found = re.search(rf"^\s*(?:require )?{re.escape(module)} v(\S+)", (source / "go.mod").read_text(), re.MULTILINE)
    if not found:
        raise ValueError(f"{source / 'go.mod'} does not require {module}")
    return found.group(1)
