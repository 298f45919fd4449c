"""`lantu verify`: is the running district what the blueprint says, and do the zones hold?"""

from __future__ import annotations

from lantu import verification
from lantu.commands.up import told
from lantu.console import Exit, Format, emit, leave, say, word
from lantu.context import alone, context, never_built
from lantu.deployment import Building, log_file
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Estate, Lab, Language, Output, Site
from lantu.steps import Steps


def verify(
    directory: Estate = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG,
    output: Output = Format.TEXT,
) -> None:
    """Prove the running district: every host from inside, and packets between every two vantage points. 验证

    Changes nothing. The whole result is written beside the lab's state, as `proof.json`.

    Exit status: 0 proven, 1 not, 4 wrong blueprint, no such lab, or a broken tool.

    Example:

        lantu verify --format json
    """
    seen = context(directory, site, lab, lang, output)
    if not all(workspace.ssh_config.exists() for workspace in seen.workspaces):
        never_built(lab, lang)
    building = Building(seen, Steps(log_file(seen, "verify"), lang, verification.STEPS))
    with told(building.steps), alone(seen.lab):
        proof = verification.prove(building)
    if output is Format.JSON:
        emit(proof.as_json())
    else:
        say("")
        print(proof.line(word(lang)))
    if not proof.good:
        leave(Exit.DENIED)
