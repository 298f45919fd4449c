"""`lantu up`: build and verify the district."""

from __future__ import annotations

from lantu.console import Format
from lantu.context import context, require_checkout
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Directory, Lab, Language, Output, Site


def up(
    directory: Directory = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG,
    output: Output = Format.TEXT,
) -> None:
    """Build and verify the district; changes only what differs from the blueprint. 建成并验证

    Can be run again at any time, also after an interruption: it resumes and repairs.

    Exit status: 0 proven, 1 denied by the gate or failed, 4 invalid blueprint or failed tool.

    Examples:

        lantu up

        lantu up --lab mine --lang zh
    """
    require_checkout("up")
    from lantu.build import run  # loads docker, the gate and the lab

    run(context(directory, site, lab, lang, output))
