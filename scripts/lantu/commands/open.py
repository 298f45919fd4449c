"""`lantu open portal`: show the portal on a loopback port of this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from inventory.texts.text import Text
from lantu.console import Exit, Format, leave, say, word
from lantu.context import context
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Directory, Lab, Language, Site

ONLY_PORTAL = Text("只能打开 portal，不能打开 {name}", "only `portal` can be opened, not {name}")


def open_(
    what: Annotated[str, typer.Argument(help="portal. 门户")] = "portal",
    port: Annotated[int, typer.Option(help="Loopback port of this machine; 0: any free port. 本机端口")] = 8443,
    directory: Directory = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG,
) -> None:
    """Open the portal in this machine's browser, through the operator's vantage point. 打开门户

    Every page is fetched over TLS from the operator's network namespace, and the portal's certificate is checked
    against the location's certificate authority, so the browser shows no warning. Runs until interrupted.

    Exit status: 0 interrupted, 2 unknown name, 4 invalid blueprint or no such lab.

    Example:

        lantu open portal --port 8443
    """
    if what != "portal":
        say(ONLY_PORTAL.fill(name=what).say(word(lang)))
        leave(Exit.USAGE)
    from lantu.portal_relay import relay  # loads the HTTP server

    relay(context(directory, site, lab, lang, Format.TEXT), port)
