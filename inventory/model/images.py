"""The host image of each kind of host."""

from __future__ import annotations

from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host, HostKind, Release

IMAGES = {HostKind.PORTAL: "portal", HostKind.CLOUD_NODE: "cloud"}
"""Kind of host -> kind of image, if not `base`."""


def image_of(blueprint: Blueprint, host: Host) -> str:
    """Kind of image for the kind and release of a host: base, cloud13."""
    release = blueprint.release_of(host)
    return IMAGES.get(host.kind, "base") + ("" if release is Release.DEBIAN_12 else release)
