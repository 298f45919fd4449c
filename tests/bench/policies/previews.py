"""`pulumi preview` of the worked example grown to about 200 resources, with the pack and without it."""

from __future__ import annotations

import os
import re
import shutil
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pulumi_toolchain

import inventory
from tests.policies.conftest import ROOT, Bench, Ping, Sockets, image_id

SEGMENTS, HOSTS, TURNS = 20, 74, 5
"""Each host has a key; with those of the example, about 200 resources."""


def previews() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        bench = _bench(Path(folder))
        blueprint = _grown(Path(folder) / "blueprint")
        seconds: dict[bool, list[float]] = {False: [], True: []}
        resources = ""
        for _ in range(TURNS):
            for pack in (False, True):
                taken, resources = _preview(bench, blueprint, pack)
                seconds[pack].append(taken)
        without, with_pack = (statistics.median(seconds[pack]) for pack in (False, True))
        return [{"resources": resources, "without": without, "with": with_pack, "ratio": with_pack / without}]


def _bench(folder: Path) -> Bench:
    """The bench of the pack's tests, with a Docker socket that only answers pings."""
    bench = Bench(
        folder, pulumi_toolchain.ensure(Path(os.environ.get("LANTU_CACHE", "/var/cache/lantu")), lambda *_: None)
    )
    socket = bench.run / "lab" / "extranet" / "docker.sock"
    socket.parent.mkdir(parents=True)
    threading.Thread(target=Sockets(str(socket), Ping).serve_forever, daemon=True).start()
    return bench


def _preview(bench: Bench, blueprint: Path, pack: bool) -> tuple[float, str]:
    settings = {
        "lantu:location": "extranet",
        "lantu:blueprint": str(blueprint),
        "lantu:engine": f"unix://{bench.run}/lab/extranet/docker.sock",
        **{f"lantu:images.{kind}": image_id(kind) for kind in ("base", "portal", "cloud")},
    }
    if (bench.folder / "infra").exists():
        settings = {}  # they stay with the stack
    begun = time.perf_counter()
    seen = bench.preview(ROOT / "infra", settings=settings, pack=pack, LANTU_BLUEPRINT=str(blueprint))
    taken = time.perf_counter() - begun
    if seen.status != 0:
        raise RuntimeError(seen.output)
    made = re.search(r"\+ (\d+) to create", seen.output)
    return taken, made[1] if made else "?"


def _grown(blueprint: Path) -> Path:
    """The worked example with more shared segments and more hosts in them."""
    shutil.copytree(inventory.EXAMPLE, blueprint)
    segments = [
        f"  - {{id: x{n}, zone: extranet, kind: shared, ipv4: 10.70.{100 + n}.0/24, "
        f'ipv6: "fd6c:616e:7475:{100 + n}::/64", name_zh: 网段{n}, name_en: Segment {n}}}'
        for n in range(SEGMENTS)
    ]
    hosts = [
        f"  - {{id: x{n}, kind: infrastructure, name_zh: 主机{n}, name_en: Host {n}, location: extranet, "
        f"interfaces: {{x{n % SEGMENTS}: {20 + n}, mgmt: {100 + n}}}}}"
        for n in range(HOSTS)
    ]
    zones, machines = blueprint / "zones.yaml", blueprint / "hosts.yaml"
    zones.write_text(zones.read_text("utf-8").rstrip() + "\n" + "\n".join(segments) + "\n", "utf-8")
    text = machines.read_text("utf-8")
    machines.write_text(text.replace("hosts:\n", "hosts:\n" + "\n".join(hosts) + "\n", 1), "utf-8")
    loaded = inventory.load(blueprint)
    if loaded.blueprint is None:
        raise RuntimeError("\n".join(problem.line("en") for problem in loaded.problems))
    return blueprint
