"""`lantu prove` without a file: the whole district, as rendered or as it runs."""

from __future__ import annotations

import traceback
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from lantu.console import Exit, Format, Lang, emit, say, word
from lantu.context import right

if TYPE_CHECKING:
    from inventory.model.blueprint import Blueprint
    from policies.nftproof.scratch import NotListedError
    from policies.verification.network_proof.prove import Depth, DistrictProof


def prove_directory(
    directory: Path | None, site: str, lab: str, running: bool, output: Format, lang: Lang, seconds: float
) -> Exit:
    """Print the proof of a blueprint's rulesets. `seconds`: time limit of the cross-check; 0: none."""
    from policies.nftproof.scratch import NotListedError
    from policies.verification.network_proof.prove import FIRST, FULL, Depth, Mode
    from policies.verification.network_proof.report import as_json, as_text

    blueprint = right(directory, site, lang, output)
    mode = Mode.RUNNING if running else Mode.DECLARED
    try:
        depth = FIRST if seconds <= 0 else Depth(seconds, FULL.services)
        proof = _proof(blueprint, lab, running, depth)
    except NotListedError as error:
        return _not_made(error, mode, output, lang)
    except Exception as error:  # our own error: readers of the JSON still get a document with a verdict
        traceback.print_exc()
        return _not_made(NotListedError("EP005", reason=error), mode, output, lang)
    if output is Format.JSON:
        emit(as_json(proof))
    else:
        print(as_text(proof, word(lang)))
    return Exit.SUCCESS if proof.good else Exit.DENIED


def _proof(blueprint: Blueprint, lab: str, running: bool, depth: Depth) -> DistrictProof:
    from policies.verification.network_proof.live_rules import prove_running
    from policies.verification.network_proof.prove import prove

    part, day = blueprint.deployed_subset, date.today()
    return prove_running(part, lab, day, depth) if running else prove(part, day, depth)


def _not_made(error: NotListedError, mode: str, output: Format, lang: Lang) -> Exit:
    from policies.verification.network_proof.report import not_made, refused

    say(refused(error, word(lang)))
    if output is Format.JSON:
        emit(not_made(error, mode))
    return Exit.NOT_EVALUATED
