"""The worked example's programs pass all rules in Pulumi.

Every other test of the pack shows a rule blocking; this one shows that none of them blocks what the blueprint says.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.policies.conftest import ROOT, Bench, image_id, recorded_images

HOST_IMAGES = ("base", "portal", "cloud")


@pytest.mark.parametrize("location", ["extranet", "intranet"])
def test_a_location_passes(bench: Bench, location: str) -> None:
    settings = {
        "lantu:location": location,
        "lantu:engine": f"unix://{bench.run}/lab/{location}/docker.sock",
        **{f"lantu:images.{kind}": image_id(kind) for kind in HOST_IMAGES},
    }
    seen = bench.preview(ROOT / "infra", stack=f"lab-{location}", project="lantu", settings=settings)
    assert (seen.status, seen.violations) == (0, []), seen.output
    assert "docker:index:Container" in seen.output


def test_the_shared_cloud_passes(bench: Bench) -> None:
    settings = {
        "lantu-cloud:tenant": "grid-centre",
        "lantu-cloud:site": "lab",
        "lantu-cloud:blueprint": str(ROOT / "inventory" / "pengjiang"),
        "lantu-cloud:manager": "ssh://root@cloud1",
        "lantu-cloud:ssh": "/dev/null",
        "lantu-cloud:images.app": recorded_images()["app"]["reference"],
    }
    seen = bench.preview(ROOT / "infra" / "cloud", stack="lab-grid-centre", project="lantu-cloud", settings=settings)
    assert (seen.status, seen.violations) == (0, []), seen.output
    assert "docker:index:Service" in seen.output


def test_an_unrecorded_image_is_denied(bench: Bench) -> None:
    """The control: a host with another image than the recorded one is denied."""
    settings = {
        "lantu:location": "intranet",
        "lantu:engine": f"unix://{bench.run}/lab/intranet/docker.sock",
        **{f"lantu:images.{kind}": image_id("another") for kind in HOST_IMAGES},
    }
    seen = bench.preview(ROOT / "infra", stack="lab-intranet", project="lantu", settings=settings)
    assert seen.status != 0
    assert seen.rules == {"WORK-004"}, json.dumps(seen.violations, ensure_ascii=False, indent=1)


def test_hosts_of_two_releases_pass_with_their_images_and_with_no_other(bench: Bench, tmp_path: Path) -> None:
    """A site with Debian 13 and one host with 12; in the control, every host has the other release's image."""
    directory = Path(shutil.copytree(ROOT / "inventory" / "pengjiang", tmp_path / "blueprint"))
    for file, old, release in (("sites/lab.yaml", "kind: lab\n", "13"), ("hosts.yaml", "  - id: infra2\n", "12")):
        text, indent = (directory / file).read_text(), "    " if old.startswith(" ") else ""
        assert old in text
        (directory / file).write_text(text.replace(old, f'{old}{indent}release: "{release}"\n', 1))
    settings = {
        "lantu:location": "intranet",
        "lantu:engine": f"unix://{bench.run}/lab/intranet/docker.sock",
        "lantu:blueprint": str(directory),
    }
    images = {f"lantu:images.{kind}": image_id(kind) for kind in ("base", "base13")}
    right = bench.preview(
        ROOT / "infra",
        stack="lab-intranet",
        project="lantu",
        settings=settings | images,
        LANTU_BLUEPRINT=str(directory),
    )
    assert (right.status, right.violations) == (0, []), right.output
    exchanged = dict(zip(images, reversed(images.values()), strict=True))
    wrong = bench.preview(
        ROOT / "infra",
        stack="lab-intranet",
        project="lantu",
        settings=settings | exchanged,
        LANTU_BLUEPRINT=str(directory),
    )
    assert wrong.rules == {"WORK-004"}
    assert {host for host, _ in wrong.violations} == {"bastion2", "infra2", "desk2"}
