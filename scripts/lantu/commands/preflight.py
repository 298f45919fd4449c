"""`lantu preflight`: check whether this machine can run the lab. Changes nothing."""

from __future__ import annotations

from typing import Annotated

import typer

from lantu.console import Format
from lantu.context import context
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Directory, Lab, Language, Output, Site

Machines = Annotated[
    bool, typer.Option("--virtual-machines", help="Also require KVM, as virtual machines do. 另检查硬件虚拟化")
]


def preflight(
    directory: Directory = None, site: Site = DEFAULT_SITE, lab: Lab = DEFAULT_LAB, virtual_machines: Machines = False,
    lang: Language = DEFAULT_LANG, output: Output = Format.TEXT,
) -> None:  # fmt: skip
    """Print what this machine has, what the lab needs, and why it cannot run here. 检查本机

    Changes nothing: packages are listed, not installed; the kernel is tried in network namespaces that end at once.

    Exit status: 0 fit, 2 usage error, 4 not fit (every reason is printed), or an invalid blueprint.

    \b
    Examples:
      lantu preflight
      sudo lantu preflight --lang zh
      lantu preflight --format json
    """
    from lantu.preflight_report import run  # loads the lab

    run(context(directory, site, lab, lang, output), virtual_machines)
