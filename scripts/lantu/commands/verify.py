"""`lantu verify`: compare the running district with the blueprint, and test the separation of its zones."""

from __future__ import annotations

from lantu.console import Exit, Format, emit, leave, say, word
from lantu.context import alone, context, never_built, require_checkout
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Directory, Lab, Language, Output, Site


def verify(
    directory: Directory = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG,
    output: Output = Format.TEXT,
) -> None:
    """Verify the running district: rules, hosts, and packets between all pairs of vantage points. 验证

    Changes nothing. The whole result is written to the lab's state, as `proof.json`.

    Exit status: 0 proven, 1 not, 4 invalid blueprint, no such lab, or a failed tool.

    Example:

        lantu verify --format json
    """
    require_checkout("verify")
    from lantu import verification  # loads docker, the gate and the probes
    from lantu.deployment import Building, log_file
    from lantu.steps import Steps, reported

    seen = context(directory, site, lab, lang, output)
    if not all(workspace.ssh_config.exists() for workspace in seen.workspaces):
        never_built(lab, lang)
    building = Building(seen, Steps(log_file(seen, "verify"), lang, verification.STEPS))
    with reported(building.steps), alone(seen.lab):
        proof = verification.prove(building)
    if output is Format.JSON:
        emit(proof.as_json())
    else:
        say("")
        print(proof.line(word(lang)))
    if not proof.good:
        leave(Exit.DENIED)
