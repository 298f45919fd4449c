"""The two things that are built, what they are made of, and the name under which the result is kept."""

from __future__ import annotations

import hashlib
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
GO_NEEDED = (1, 26)

# The Python SDK asks for the plugin of exactly its own version: the same as pulumi-docker in pyproject.toml.
DOCKER_PLUGIN = "5.2.0"


@dataclass(frozen=True, slots=True)
class Part:
    """A Go module that is compiled into a folder of the cache.

    `packages` are compiled with `tags` and `flags` (for the linker) into `into`, relative to the result's folder;
    `scripts` are files copied beside them from a module that the build has fetched anyway: (module, its files).
    `program` run with the argument `asks_version` must print `version`.
    """

    name: str
    version: str
    source: Path
    packages: tuple[str, ...]
    into: str
    tags: str
    flags: str
    program: str
    asks_version: str
    scripts: tuple[str, tuple[str, ...]] | None = None

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def folder(self) -> str:
        """Name of the result in the cache. It changes with every file of the module and with how it is built."""
        digest = hashlib.sha256(repr((self.packages, self.into, self.tags, self.flags, self.scripts)).encode())
        digest.update(f"{sys.platform} {platform.machine()}".encode())
        for path in sorted(self.source.rglob("*")):
            if path.is_file():
                digest.update(f"\0{path.relative_to(self.source)}\0{path.stat().st_size}\0".encode())
                digest.update(path.read_bytes())
        return f"{self.name}-{self.version}-{digest.hexdigest()[:16]}"


def pulumi(source: Path = HERE / "cli") -> Part:
    """The engine with its command line, our language host, and two scripts that the Python SDK wants beside them."""
    version = required(source, "github.com/pulumi/pulumi/pkg/v3")
    return Part(
        name="pulumi",
        version=version,
        source=source,
        packages=("tool", "./pulumi-language-python"),
        into="bin/",
        tags="osusergo,grpcnotrace",
        flags=f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{version}",
        program="bin/pulumi",
        asks_version="version",
        scripts=(
            "github.com/pulumi/pulumi/sdk/v3",
            ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python"),
        ),
    )


def docker(source: Path = HERE / "provider") -> Part:
    """The Docker plugin, in the layout of a PULUMI_HOME."""
    program = f"plugins/{plugin_folder()}/pulumi-resource-docker"
    return Part(
        name="docker",
        version=DOCKER_PLUGIN,
        source=source,
        packages=(".",),
        into=program,
        tags="no_compose",
        flags=f"-X lantu.internal/engine/provider/info.Version={DOCKER_PLUGIN}",
        program=program,
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
