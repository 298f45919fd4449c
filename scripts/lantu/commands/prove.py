"""`lantu prove`: what the rules pass, for all packets."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lantu.console import Exit, Format, Lang, emit, leave, say
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, BlueprintDir, Lab, Language, Output, Site

if TYPE_CHECKING:
    from policies.nftproof.lint.analyse import RulesetReport

SECONDS = 60.0
"""Default time limit of the cross-check."""


def prove(
    ruleset: Annotated[
        Path | None,
        typer.Option("--ruleset", metavar="FILE", help="Output of `nft -j list ruleset`; -: stdin. 单独分析的规则集"),
    ] = None,
    running: Annotated[
        bool, typer.Option("--running", help="The running lab's rules, not the rendered ones. 正在运行的规则")
    ] = False,
    directory: BlueprintDir = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    output: Output = Format.TEXT,
    lang: Language = DEFAULT_LANG,
    seconds: Annotated[
        float, typer.Option("--cross-check", min=0, help="Seconds for the cross-check; 0: none. 交叉校验时限（秒）")
    ] = SECONDS,
) -> None:
    """Prove what the nftables rules pass, for all packets of both families. 证明规则放行的数据包

    Without a file: that the rules of every gateway and host pass exactly the declared flows, between every two
    segments, and that no path leads to the intranet. Rules are loaded into scratch namespaces and read back, which
    needs root or user namespaces; with --running they are read from the lab. Every finding shows a packet, the rule
    that decided about it and its path.

    With --ruleset, a single ruleset: lists every rule that is shadowed (earlier rules decide about all its packets),
    redundant (removing it changes no verdict) or never matches, with the rules that cover it, and default accepts.
    Sends and changes nothing.

    Exit status: 0 proven, nothing to report; 1 findings; 4 not evaluated: no namespace, a wrong blueprint, a version
    of nft that was never compared, a file that is unreadable or contains something not understood.

    Examples:

      lantu prove

      lantu prove --running --lab mine --format json

      nft -j list ruleset > rules.json; lantu prove --ruleset rules.json

      lantu prove --ruleset rules.json --format json | jq '.rules[] | select(.state != "live")'
    """
    if ruleset is None:
        from lantu.commands.prove_district import prove_directory

        leave(prove_directory(directory, site, lab, running, output, lang, seconds))
    assert ruleset is not None
    leave(_evaluated(ruleset, output, lang, seconds))


def _evaluated(path: Path, output: Format, lang: Lang, seconds: float) -> Exit:
    from policies.nftproof.lint import report as answers
    from policies.nftproof.lint.analyse import analyse
    from policies.nftproof.lint.default_accept import unguarded
    from policies.nftproof.lint.texts import say as sentence
    from policies.nftproof.listing import UnreadableError, read, require_compared

    try:
        listed = read(sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig"))
        require_compared(listed)
        report = analyse(listed)
        if seconds > 0:
            _cross_check(report, lang, seconds)
    except UnreadableError as error:
        return _not_evaluated(sentence(error.code, lang, file=path, **error.facts), output)
    except (OSError, UnicodeDecodeError) as error:
        return _not_evaluated(sentence("PR006", lang, file=path, reason=error), output)
    except Exception:  # our own error: readers of the JSON still get a document with a verdict
        traceback.print_exc()
        return _not_evaluated(sentence("PR007", lang, file=path), output)
    for hook in unguarded(report.spaces):
        say(sentence("unguarded", lang, hook=hook))
    if output is Format.JSON:
        emit(answers.as_json(report))
    else:
        print(answers.as_text(report, lang))
    return Exit.NOT_EVALUATED if report.unknown else Exit.DENIED if report.findings else Exit.SUCCESS


def _not_evaluated(sentence_: str, output: Format) -> Exit:
    from policies.nftproof.lint.report import nothing_read

    say(sentence_)
    if output is Format.JSON:
        emit(nothing_read(sentence_))
    return Exit.NOT_EVALUATED


def _cross_check(report: RulesetReport, lang: Lang, seconds: float) -> None:
    """Report a difference between the two results as not understood."""
    from policies.nftproof.lint.analyse import NotUnderstood
    from policies.nftproof.lint.crosscheck import crosscheck
    from policies.nftproof.lint.texts import say as sentence

    checked, understood = crosscheck(report, seconds), not report.unknown
    report.unknown += [NotUnderstood(sentence("disagree", lang, what=what)) for what in checked.differences]
    if checked.alone:
        say(sentence("alone", lang, rules=checked.alone, seconds=f"{seconds:g}"))
    elif not checked.differences:
        say(sentence("confirmed" if understood else "confirmed-rest", lang))
