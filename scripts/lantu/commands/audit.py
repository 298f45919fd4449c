"""`lantu audit`: evaluate the gate's rules on what is running. Changes nothing."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from lantu.console import Format
from lantu.context import context
from lantu.gate_report import Written, report, require_writable
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Directory, Lab, Language, Output, Site
from lantu.views import ViewKind, declared_of, evaluated, looked

Hosts = Annotated[
    bool, typer.Option("--hosts", help="Also read every host, by SSH through its location's bastion. 经 SSH 读取主机")
]


def audit(
    directory: Directory = None, site: Site = DEFAULT_SITE, lab: Lab = DEFAULT_LAB, hosts: Hosts = False,
    write: Written = None, lang: Language = DEFAULT_LANG, output: Output = Format.TEXT,
) -> None:  # fmt: skip
    """Compare the running district with the blueprint. 审计：实际与蓝图是否一致

    Reads the Docker engines, the kernel of every network namespace, the loaded rules and Pulumi's state. Needs root.

    Exit status: 0 as declared, 1 denied, 2 usage error, 3 waiting for approval, 4 cannot be evaluated.

    \b
    Examples:
      lantu audit
      lantu audit --hosts
      lantu audit --lab mine --lang zh --write audit.md --write audit.sarif
    """
    require_writable(write)
    seen, day = context(directory, site, lab, lang, output), date.today()
    declared = declared_of(seen.blueprint, lab, day)
    report(
        evaluated(looked(ViewKind.RUNNING, declared, lab, day, lang, hosts=hosts), declared, day), write, lang, output
    )
