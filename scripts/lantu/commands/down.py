"""`lantu down`: remove everything that was made for a lab, and nothing else."""

from __future__ import annotations

from lantu.console import Format
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, Lab, Language, Output


def down(lab: Lab = DEFAULT_LAB, lang: Language = DEFAULT_LANG, output: Output = Format.TEXT) -> None:
    """Remove a lab: its hosts, Docker engines, network namespaces, keys and state. Caches stay. 拆除

    Needs no valid blueprint. Can be run again, also after an interruption.

    Exit status: 0 removed, 1 something is left (it is printed).

    Example:

        lantu down --lab mine
    """
    from lantu.removal import run  # loads docker and the lab

    run(lab, lang, output)
