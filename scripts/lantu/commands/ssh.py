"""`lantu ssh HOST`: a shell, or one command, through the location's bastion."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from inventory.texts.text import Text
from lantu.console import Exit, Format, leave, say, word
from lantu.context import context, never_built
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Directory, Lab, Language, Site

if TYPE_CHECKING:
    from lantu.context import LabContext, Workspace

NO_HOST = Text("没有主机 {host}；现有主机：{hosts}", "no host {host}; the hosts are: {hosts}")


def ssh(
    host: Annotated[str, typer.Argument(help="The host's id, as `lantu hosts` lists it. 主机编号")],
    command: Annotated[list[str] | None, typer.Argument(help="Command to run; without it, a shell. 命令")] = None,
    directory: Directory = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG,
) -> None:
    """Log in to a host through its location's bastion. 经堡垒机登录主机

    Exit status: that of the command; 2 unknown host, 4 invalid blueprint, or no such lab.

    Examples:

        lantu ssh gw1

        lantu ssh portal1 -- systemctl status nginx
    """
    seen = context(directory, site, lab, lang, Format.TEXT)
    workspace = workspace_of(seen, host)
    if not workspace.ssh_config.exists():
        never_built(lab, lang)
    os.execvp("ssh", ["ssh", "-F", str(workspace.ssh_config), host, *(command or [])])  # noqa: S606  # becomes ssh itself


def workspace_of(seen: LabContext, host: str) -> Workspace:
    hosts = seen.blueprint.deployed_subset.host
    if host not in hosts:
        say(NO_HOST.fill(host=host, hosts=list(hosts)).say(word(seen.lang)))
        leave(Exit.USAGE)
    return seen.workspace(hosts[host].location)
