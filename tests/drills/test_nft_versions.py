"""The nft of Debian 13, in a root of its own: what it lists is compared with this machine's kernel on real packets."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.images.sources import debian_sources, fetching

from policies.nftproof.versions import COMPARED, installed
from tests.drills.kept import keep

ROOT = Path(__file__).parents[2]
SUITE, PACKAGES = "trixie", ("nftables", "iproute2", "netbase")
DRILL = "nft of Debian 13 compared with the kernel"


@pytest.fixture(scope="module")
def wrapper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with an `nft` that runs the one of Debian 13, on the network namespace of its caller."""
    if os.geteuid() != 0:
        pytest.fail("a Debian root is made with mmdebstrap --mode=root: run this drill as root")
    work = tmp_path_factory.mktemp("debian13")
    tree, sources, options = work / "tree", work / "debian.sources", work / "fetching.conf"
    sources.write_text(debian_sources(SUITE), "utf-8")
    options.write_text(fetching(), "utf-8")
    include = f"--include={','.join(PACKAGES)}"
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", include, f"--aptopt={options}"]
    subprocess.run([*command, SUITE, tree, sources], check=True, capture_output=True, timeout=1200)
    script = work / "bin" / "nft"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec chroot {tree} /usr/sbin/nft "$@"\n', "utf-8")
    script.chmod(0o755)
    yield script.parent


def test_listings_of_debian_13_are_what_the_kernel_does(wrapper: Path) -> None:
    """Everything that is read, as `scripts/test nftproof` compares it with the machine's own nft."""
    begun, path = time.monotonic(), os.pathsep.join((str(wrapper), os.environ["PATH"]))
    version = installed(path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/nftproof"],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    passed = done.returncode == 0 and version in COMPARED and version != COMPARED[0]
    keep(DRILL, passed, f"nftables v{version}", time.monotonic() - begun)
    assert passed, f"nft {version}\n{done.stdout[-5000:]}"
