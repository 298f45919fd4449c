"""`lantu env`: the environment in which pulumi, ansible and pytest work on one location of one lab."""

from __future__ import annotations

import shlex
from typing import Annotated, Literal

import typer

from lantu.console import Format, emit, say
from lantu.context import context, never_built, require_checkout
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Directory, Lab, Language, Output, Site

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
    directory: Directory = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    location: Annotated[
        Literal["extranet", "intranet"], typer.Option(help="The location to work on. 场所")
    ] = "extranet",
    lang: Language = DEFAULT_LANG,
    output: Output = Format.TEXT,
) -> None:
    """Print the environment in which pulumi, ansible and pytest work on a location. 原生工具的环境变量

    Exit status: 0 printed, 4 invalid blueprint, or no such lab.

    Example:

        eval "$(lantu env)" && pulumi preview --policy-pack policies
    """
    require_checkout("env")
    import pulumi_toolchain as pulumi  # loads docker, the toolchain and the model

    from inventory.model.zones import LocationId
    from lantu.deployment import VENV, exports
    from lantu.stacks import location_stack

    seen = context(directory, site, lab, lang, output)
    workspace = seen.workspace(LocationId(location))
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
