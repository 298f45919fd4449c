"""The worked example's own programs through the real engine and the pack: all rules, nothing to say.

Every other test of the pack shows a rule blocking; this one shows that none of them blocks what the blueprint says.
"""

from __future__ import annotations

import json

import pytest

from tests.policies.conftest import ROOT, Bench, image_id, recorded_images

HOST_IMAGES = ("base", "portal", "cloud")


@pytest.mark.parametrize("place", ["extranet", "intranet"])
def test_a_place_passes(bench: Bench, place: str) -> None:
    settings = {
        "lantu:place": place,
        "lantu:engine": f"unix://{bench.run}/lab/{place}/docker.sock",
        **{f"lantu:images.{kind}": image_id(kind) for kind in HOST_IMAGES},
    }
    seen = bench.preview(ROOT / "infra", stack=f"lab-{place}", project="lantu", settings=settings)
    assert (seen.status, seen.violations) == (0, []), seen.output
    assert "docker:index:Container" in seen.output


def test_the_shared_cloud_passes(bench: Bench) -> None:
    settings = {
        "lantu-cloud:tenant": "grid-centre",
        "lantu-cloud:site": "lab",
        "lantu-cloud:estate": str(ROOT / "inventory" / "pengjiang"),
        "lantu-cloud:manager": "ssh://root@cloud1",
        "lantu-cloud:ssh": "/dev/null",
        "lantu-cloud:images.app": recorded_images()["app"]["reference"],
    }
    seen = bench.preview(ROOT / "infra" / "cloud", stack="lab-grid-centre", project="lantu-cloud", settings=settings)
    assert (seen.status, seen.violations) == (0, []), seen.output
    assert "docker:index:Service" in seen.output


def test_settings_are_what_the_program_reads(bench: Bench) -> None:
    """The control: a host of another image than the one recorded is denied, by the same way."""
    settings = {
        "lantu:place": "intranet",
        "lantu:engine": f"unix://{bench.run}/lab/intranet/docker.sock",
        **{f"lantu:images.{kind}": image_id("another") for kind in HOST_IMAGES},
    }
    seen = bench.preview(ROOT / "infra", stack="lab-intranet", project="lantu", settings=settings)
    assert seen.status != 0
    assert seen.rules == {"WORK-004"}, json.dumps(seen.violations, ensure_ascii=False, indent=1)
