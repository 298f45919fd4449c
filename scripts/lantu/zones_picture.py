"""The zones, segments and flows of a blueprint as one SVG."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

from inventory.model.blueprint import Blueprint
from inventory.model.paths import paths
from inventory.model.zones import LocationId, Segment, ZoneId
from lantu.console import Exit, leave, say
from lantu.context import LabContext
from lantu.proof_summary import summarise

BOX, GAP, HIGH, LINE = 140, 14, 84, 17
TOP, BAR, BOTTOM, FRAME = 88, 226, 306, 360
TALL = FRAME + 66
COLOUR = {ZoneId.EXTRANET: "#dbeafe", ZoneId.PORTAL: "#dcfce7", ZoneId.INTRANET: "#fee2e2"}
EDGE = {ZoneId.EXTRANET: "#1d4ed8", ZoneId.PORTAL: "#15803d", ZoneId.INTRANET: "#b91c1c"}
FONT = "font-family=\"'Noto Sans CJK SC','Noto Sans SC',sans-serif\""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A segment and the position of its box."""

    segment: Segment
    x: int
    y: int

    @property
    def middle(self) -> int:
        return self.x + BOX // 2


@dataclass(frozen=True, slots=True)
class Stamp:
    """The day of a proof and the rendered rules that it covers."""

    day: str
    rules: str
    """SHA-256, see `policies.verification.network_proof.cache.rules_digest`."""


def draw(context: LabContext, into: Path, proven: bool) -> None:
    """Write the picture; with `proven`, prove the rules first."""
    day = date.today()
    stamp = stamped(context, day) if proven else None
    into.write_text(svg(context.blueprint.deployed_subset, day, stamp), encoding="utf-8")


def stamped(context: LabContext, day: date) -> Stamp:
    """The stamp of the proof. Ends the subcommand if the rules are not proven."""
    proof = summarise(context.blueprint, day, context.lang)
    if proof.proven is None:
        say(proof.line)
        leave(Exit.DENIED if proof.refuted else Exit.NOT_EVALUATED)
    assert proof.proven is not None
    return Stamp(proof.proven.day, proof.proven.rules)


def svg(part: Blueprint, day: date, stamp: Stamp | None = None) -> str:
    """The picture's text; the same blueprint (and stamp) gives the same bytes."""
    arrows = crossing(part, day)
    begin = {source for source, _ in arrows}
    outer = part.segments_at(LocationId.EXTRANET)
    upper = [item for item in outer if item.id in begin]
    lower = [item for item in outer if item.id not in begin]
    across = max(len(upper), len(lower))
    width = across * (BOX + GAP) + GAP
    boxes = {drawn.segment.id: drawn for drawn in (*row(upper, TOP, width), *row(lower, BOTTOM, width))}
    inner_x = width + 90
    inner = [Drawn(segment, inner_x + GAP, TOP) for segment in part.segments_at(LocationId.INTRANET)]
    whole = inner_x + BOX + 3 * GAP + 20
    body = [
        frame(10, 50, width, FRAME, "外网场所", "extranet location", "#f8fafc", "#64748b"),
        frame(inner_x, 50, BOX + 2 * GAP, FRAME, "内网场所", "intranet location", "#fff7f7", EDGE[ZoneId.INTRANET]),
        rect(24, BAR, width - 28, 40, "#e2e8f0", "#334155"),
        *(arrow(boxes[source], boxes[target], services) for (source, target), services in arrows.items()),
        *(box(part, drawn) for drawn in (*boxes.values(), *inner)),
        gateway(part),
        gap(width, inner_x),
        *([seal(stamp, whole)] if stamp else []),
    ]
    title = f"{part.district.name_zh} {part.district.name_en}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {TALL}" width="{whole}" height="{TALL}" '
        f"{FONT}>\n"
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="#334155"/></marker></defs>\n'
        f'<rect width="{whole}" height="{TALL}" fill="white"/>\n{text(20, 32, title, 20, weight="bold")}\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )


def crossing(part: Blueprint, day: date) -> dict[tuple[str, str], list[str]]:
    """Pairs of segments with the services of the flows between them."""
    services_by_pair: dict[tuple[str, str], list[str]] = {}
    for path in paths(part, day):
        if path.crosses:
            services = services_by_pair.setdefault((path.source.segment, path.target.segment), [])
            services.extend([] if str(path.service) in services else [str(path.service)])
    return services_by_pair


def row(segments: list[Segment], y: int, width: int) -> Iterator[Drawn]:
    taken = len(segments) * (BOX + GAP) - GAP
    left = 10 + (width - taken) // 2
    for number, segment in enumerate(segments):
        yield Drawn(segment, left + number * (BOX + GAP), y)


def box(part: Blueprint, drawn: Drawn) -> str:
    """A segment with its names, its prefix and the hosts that work in it."""
    segment = drawn.segment
    hosts = [host.id for host in part.hosts if segment.id in host.interfaces and host.kind.value != "gateway"]
    crowd = " ".join(hosts) if len(hosts) <= 2 else f"{hosts[0]} +{len(hosts) - 1}"
    lines = [
        text(drawn.middle, drawn.y + 22, segment.name_zh, 15, anchor="middle", weight="bold"),
        text(drawn.middle, drawn.y + 22 + LINE, segment.name_en, 10, anchor="middle", colour="#475569"),
        text(drawn.middle, drawn.y + 22 + 2 * LINE, str(segment.ipv4), 11, anchor="middle"),
        text(drawn.middle, drawn.y + 22 + 3 * LINE, crowd, 10, anchor="middle", colour="#475569"),
    ]
    return rect(drawn.x, drawn.y, BOX, HIGH, COLOUR[segment.zone], EDGE[segment.zone]) + "".join(lines)


def arrow(source: Drawn, target: Drawn, services: list[str]) -> str:
    """An arrow from a source through the gateway to its target."""
    label = ", ".join(services)
    path = (
        f"M{source.middle} {source.y + HIGH} L{source.middle} {BAR} "
        f"L{target.middle} {BAR + 40} L{target.middle} {target.y - 2}"
    )
    return f'<path d="{path}" fill="none" stroke="#334155" stroke-width="1.6" marker-end="url(#tip)"/>' + text(
        source.middle + 5, source.y + HIGH + 22, label, 10, colour="#334155"
    )


def gateway(part: Blueprint) -> str:
    names = " ".join(host.id for host in part.hosts if host.kind.value == "gateway")
    return text(34, BAR + 25, f"{names}  无流不通 no flow, no path", 12, weight="bold", halo="#e2e8f0")


def seal(stamp: Stamp, whole: int) -> str:
    """The day of the proof and the hash of the rules."""
    words = f"已证明 proven {stamp.day} · {stamp.rules[:16]}"
    title = f"规则的 SHA-256 / SHA-256 of the rules: {stamp.rules}"
    return f"<g><title>{title}</title>" + text(whole - 20, 32, words, 13, anchor="end", colour="#15803d") + "</g>"


def gap(left: int, right: int) -> str:
    """The air gap between the locations."""
    middle = (left + right) // 2 + 5
    return (
        f'<line x1="{middle}" y1="56" x2="{middle}" y2="{50 + FRAME}" stroke="#b91c1c" '
        'stroke-width="2" stroke-dasharray="3 7"/>'
        + text(middle, 220, "物理隔离", 13, anchor="middle", colour="#b91c1c", weight="bold", halo="white")
        + text(middle, 238, "no route", 11, anchor="middle", colour="#b91c1c", halo="white")
    )


def frame(x: int, y: int, width: int, height: int, zh: str, en: str, fill: str, edge: str) -> str:
    return rect(x, y, width, height, fill, edge) + text(x + 12, y + 24, f"{zh} {en}", 13, colour=edge, weight="bold")


def rect(x: int, y: int, width: int, height: int, fill: str, edge: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8" fill="{fill}" stroke="{edge}"/>'


def text(
    x: int,
    y: int,
    words: str,
    size: int,
    anchor: str = "start",
    colour: str = "#0f172a",
    weight: str = "normal",
    halo: str = "",
) -> str:
    around = f' paint-order="stroke" stroke="{halo}" stroke-width="5"' if halo else ""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{colour}" '
        f'font-weight="{weight}"{around}>{escape(words)}</text>'
    )
