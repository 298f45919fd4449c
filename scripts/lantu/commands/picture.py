"""`lantu picture`: draw the zones, segments and flows of a blueprint as SVG."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lantu.console import Format
from lantu.context import ROOT, context, require_checkout
from lantu.options import DEFAULT_LANG, DEFAULT_SITE, Directory, Language, Site

FILE = ROOT / "docs" / "zones.svg"


def picture(
    directory: Directory = None,
    site: Site = DEFAULT_SITE,
    lang: Language = DEFAULT_LANG,
    into: Annotated[Path, typer.Option(help="The file to write. 文件")] = FILE,
    proven: Annotated[
        bool, typer.Option("--proven", help="Prove the nftables rules first, and print that. 先证明规则并注明")
    ] = False,
) -> None:
    """Draw the zones of the blueprint. 绘制区域图

    With --proven, the picture shows the day of the proof and the hash of the rules that were proven.

    Exit status: 0 drawn, 1 the rules accept other traffic than the flows, 4 invalid blueprint, or no proof possible.

    Example:

        lantu picture --proven
    """
    if into == FILE:
        require_checkout("picture")
    from lantu.zones_picture import draw  # loads the model and the renderers

    draw(context(directory, site, "lab", lang, Format.TEXT), into, proven)
