"""`lantu audit`: what runs now, against what is declared. Looks, and changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from lantu.console import Format
from lantu.context import context, never_built
from lantu.estate import Written, told
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Estate, Lab, Language, Output, Site

NAMESPACES = Path("/run/netns")


def audit(
    estate: Estate = None, site: Site = DEFAULT_SITE, lab: Lab = DEFAULT_LAB, write: Written = None,
    lang: Language = DEFAULT_LANG, output: Output = Format.TEXT,
) -> None:  # fmt: skip
    """Is the district still what the blueprint says? 审计：实际与蓝图是否一致

    Asks the engines, the kernel of every network namespace, the loaded rules and Pulumi's own state. Needs root.

    Exit status: 0 as declared, 1 denied, 2 wrong usage, 3 waits for a decision, 4 cannot be evaluated.

    \b
    Examples:
      lantu audit
      lantu audit --lab mine --lang zh --write audit.md --write audit.sarif
    """
    from policies.case import Case
    from policies.engine import judge
    from policies.rules import RULES
    from policies.views.declared import declared
    from policies.views.running import running

    where, day = context(estate, site, lab, lang, output), date.today()
    if not where.lab.state.exists():
        never_built(lab, lang)
    spaces = {str(seat.place): NAMESPACES / seat.lab.namespace for seat in where.seats}
    against = declared(where.blueprint, day, lab)
    findings = judge(Case(running(against, spaces, day), against, day), RULES.values())
    told(findings, write or [], lang, output)
