"""`lantu plan`: preview the changes and the gate's verdict on them."""

from __future__ import annotations

from lantu.console import Format
from lantu.context import context, require_checkout
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Directory, Lab, Language, Output, Site


def plan(
    directory: Directory = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG,
    output: Output = Format.TEXT,
) -> None:
    """Preview the changes to the running district, and the gate's verdict on them. 变更计划

    Changes nothing. Also reports the reachability diff: which traffic the new rules accept that the loaded rules do
    not, and the other way round. The plan is written to the lab's state, under the hash of its content.

    Exit status: 0 passed, 1 denied by the gate, 4 invalid blueprint, no such lab, or a failed tool.

    Example:

        lantu plan --format json
    """
    require_checkout("plan")
    from lantu.plans import run  # loads docker, the gate and the lab

    run(context(directory, site, lab, lang, output))
