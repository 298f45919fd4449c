"""Lab and location of a Pulumi stack, from its name: LAB-LOCATION, or LAB-TENANT in the shared cloud's project."""

from __future__ import annotations

from inventory.model.zones import LocationId

CLOUD_PROJECT = "lantu-cloud"
"""Its stacks are tenants of the shared cloud, which is in the extranet."""


def lab_and_location(stack: str, project: str) -> tuple[str, str]:
    """The location is empty if the name does not end in one."""
    lab, _, location = stack.partition("-")
    if project == CLOUD_PROJECT:
        return lab, LocationId.EXTRANET
    return lab, location if location in list(LocationId) else ""
