"""`lantu env`: the variables by which the raw tools work on one place of one lab."""

from __future__ import annotations

import shlex
from typing import Annotated

import pulumi_toolchain as pulumi
import typer

from inventory.model.zones import LocationId
from lantu.console import Format, emit, say
from lantu.context import context, never_built
from lantu.deployment import VENV, exports
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Estate, Lab, Language, Output, Site
from lantu.stacks import location_stack

PULUMI = (
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_STACK",
    "PULUMI_HOME",
    "PULUMI_SKIP_UPDATE_CHECK",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
    "PULUMI_DISABLE_REGISTRY_RESOLVE",
    "PULUMI_IGNORE_AMBIENT_PLUGINS",
)


def env(
    directory: Estate = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    location: Annotated[LocationId, typer.Option(help="The place to work on. 场所")] = LocationId.EXTRANET,
    lang: Language = DEFAULT_LANG,
    output: Output = Format.TEXT,
) -> None:
    """Print what makes pulumi, ansible and pytest work on a place. 让原生工具可用

    Exit status: 0 printed, 4 wrong blueprint, or the lab was never built.

    Example:

        eval "$(lantu env)" && pulumi preview --policy-pack policies
    """
    seen = context(directory, site, lab, lang, output)
    workspace = seen.workspace(location)
    if not workspace.pulumi.exists():
        never_built(lab, lang)
    stack = location_stack(seen, workspace, pulumi.ensure(seen.cache, say))
    stack.show_settings()
    whole = stack.environment()
    variables = {name: whole[name] for name in PULUMI if name in whole}
    variables |= exports(seen, workspace) | {"DOCKER_HOST": workspace.lab.docker_host}
    variables["PATH"] = f"{VENV}:{whole['PATH']}"
    if output is Format.JSON:
        emit(variables)
    else:
        print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()))
