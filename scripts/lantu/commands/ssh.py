"""`lantu ssh HOST`: a shell, or one command, through the place's bastion."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from inventory.model.zones import LocationId
from lantu.console import Exit, Format, Lang, leave, say
from lantu.context import Context, Workspace, context, never_built
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Estate, Lab, Language, Site


def ssh(
    host: Annotated[str, typer.Argument(help="The host's id, as `lantu hosts` lists it. 主机编号")],
    command: Annotated[list[str] | None, typer.Argument(help="What to run there; a shell where absent. 命令")] = None,
    directory: Estate = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG,
) -> None:
    """Log in to a host through its place's bastion. 经堡垒机登录主机

    Exit status: that of the command; 2 unknown host, 4 wrong blueprint, or the lab was never built.

    Examples:

        lantu ssh gw1

        lantu ssh portal1 -- systemctl status nginx
    """
    seen = context(directory, site, lab, lang, Format.TEXT)
    workspace = workspace_of(seen, host)
    if not workspace.ssh_config.exists():
        never_built(lab, lang)
    os.execvp("ssh", ["ssh", "-F", str(workspace.ssh_config), host, *(command or [])])  # noqa: S606  # becomes ssh itself


def workspace_of(seen: Context, host: str) -> Workspace:
    one = seen.blueprint.deployed_subset.host.get(host)
    if one is None:
        known = ", ".join(seen.blueprint.deployed_subset.host)
        say(f"没有主机 {host}；有：{known}" if seen.lang is Lang.ZH else f"no host {host}; there are: {known}")
        leave(Exit.USAGE)
        raise AssertionError
    return seen.workspace(LocationId(one.location))
