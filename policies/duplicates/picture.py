"""Waterfall chart of one pair (SVG, both languages): the bits of each field and their sum.

python -m policies.duplicates.picture REGISTER APPLICATION > waterfall.svg
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from policies.duplicates import reading
from policies.duplicates.check import Finder, check_application
from policies.duplicates.compare import profile
from policies.duplicates.evidence import texts
from policies.duplicates.report import pair
from policies.duplicates.weights import load as load_weights

LEFT, WIDTH, ROW, TOP = 330, 880, 34, 92
STYLE = (
    "text{font:13px 'Noto Sans CJK SC',sans-serif;fill:#222}.small{font-size:11px;fill:#555}"
    ".title{font-size:15px;font-weight:bold}"
    ".up{fill:#2166ac}.down{fill:#b2182b}.sum{fill:#444}.line{stroke:#888;stroke-dasharray:4 3}.link{stroke:#bbb}"
)

HATCH = (
    '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse">'
    '<path d="M0 5L5 0" stroke="#fff"/></pattern></defs>'
)


def waterfall(document: dict[str, Any]) -> str:
    """The chart of one pair of a document (see report.pair). Sign and hatching show the direction in addition to
    colour."""
    bars = [bar for bar in document["evidence"]["waterfall"] if bar["bits"]]
    ends = _ends([bar["bits"] for bar in bars])
    weights = load_weights()
    low, high = (
        min(0.0, *(e for pair_ in ends for e in pair_)),
        max(weights.high, *(e for pair_ in ends for e in pair_)),
    )
    scale = (WIDTH - LEFT - 60) / (high - low)

    def x(bits: float) -> float:
        return round(LEFT + (bits - low) * scale, 1)

    parts = [_title(document), *_lines(x, weights.low, weights.high, TOP + ROW * (len(bars) + 1))]
    for number, (bar, (begin, end)) in enumerate(zip(bars, ends, strict=True)):
        parts += _bar(number, bar, x(begin), x(end))
    parts += _total(len(bars), x(0.0), x(document["bits"]), document)
    height = TOP + ROW * (len(bars) + 1) + 30
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    return "\n".join([head, f"<style>{STYLE}</style>", HATCH, *parts, "</svg>"]) + "\n"


def _ends(bits: list[float]) -> list[tuple[float, float]]:
    ends, at = [], 0.0
    for bit in bits:
        ends.append((at, at + bit))
        at += bit
    return ends


def _title(document: dict[str, Any]) -> str:
    names = [_name(document["evidence"][side]) for side in ("a", "b")]
    verdict = texts()["verdicts"][document["verdict"]]
    return (
        f'<text x="12" y="22" class="title">{escape(verdict["zh"])} / {escape(verdict["en"])}</text>'
        f'<text x="12" y="44">A {escape(names[0])}</text><text x="12" y="64">B {escape(names[1])}</text>'
    )


def _name(who: dict[str, Any]) -> str:
    return " / ".join(who[key] for key in ("name_zh", "name_en") if key in who)


def _lines(x: Any, low: float, high: float, bottom: int) -> list[str]:
    elements = []
    for at, zh, en in ((low, "复核线", "review"), (high, "阻断线", "block")):
        elements.append(f'<line x1="{x(at)}" y1="{TOP - 6}" x2="{x(at)}" y2="{bottom}" class="line"/>')
        elements.append(f'<text x="{x(at)}" y="{TOP - 10}" text-anchor="middle" class="small">{zh} {en} {at:g}</text>')
    return elements


def _bar(number: int, bar: dict[str, Any], begin: float, end: float) -> list[str]:
    y = TOP + ROW * number
    kind = "up" if end >= begin else "down"
    box = f'x="{min(begin, end)}" y="{y}" width="{round(max(abs(end - begin), 1), 1)}" height="{ROW - 14}"'
    level = f": {bar['level']['zh']} {bar['level']['en']}" if bar["level"] else ""
    label = f"{bar['label']['zh']} {bar['label']['en']}"
    elements = [
        f'<text x="12" y="{y + 9}">{escape(label)}</text>',
        f'<text x="12" y="{y + 23}" class="small">{escape(level.lstrip(": "))}</text>',
        f'<rect {box} class="{kind}"/>',
        f'<text x="{max(begin, end) + 6}" y="{y + 15}">{bar["bits"]:+.2f}</text>',
        f'<line x1="{end}" y1="{y + ROW - 14}" x2="{end}" y2="{y + ROW}" class="link"/>',
    ]
    return [*elements, f'<rect {box} fill="url(#hatch)"/>'] if kind == "down" else elements


def _total(number: int, zero: float, end: float, document: dict[str, Any]) -> list[str]:
    y = TOP + ROW * number
    both = texts()["report"]["total"]
    return [
        f'<text x="12" y="{y + 15}" class="title">{both["zh"]} {both["en"]}</text>',
        f'<rect x="{min(zero, end)}" y="{y}" width="{abs(end - zero):.1f}" height="{ROW - 14}" class="sum"/>',
        f'<text x="{max(zero, end) + 6}" y="{y + 15}" class="title">{document["bits"]:+.2f}</text>',
    ]


def draw(register: Path, application: Path) -> str:
    """The chart of the most severe pair of an application. Raises Unreadable, or ValueError if there is no pair."""
    finder = Finder([profile(entry) for entry in reading.read(register).entries])
    result = check_application(finder, reading.read(application).entries[0])
    if not result.verdicts:
        raise ValueError("no pair of this application is shown, so there is nothing to draw")
    return waterfall(pair(result.verdicts[0]))


if __name__ == "__main__":
    sys.stdout.write(draw(Path(sys.argv[1]), Path(sys.argv[2])))
