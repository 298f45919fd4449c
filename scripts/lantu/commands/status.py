"""`lantu status`: the state of locations, hosts and systems."""

from __future__ import annotations

from lantu.console import Format
from lantu.context import context
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Directory, Lab, Language, Output, Site


def status(
    directory: Directory = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG,
    output: Output = Format.TEXT,
) -> None:
    """Show Docker engines, zones, hosts and systems, and whether they run. 运行状况

    Exit status: 0 everything that the blueprint deploys is running, 1 something is not, 4 invalid blueprint.

    Example:

        lantu status
    """
    from lantu.district_status import run  # loads docker and the lab

    run(context(directory, site, lab, lang, output))
