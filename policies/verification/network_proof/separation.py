"""No path reaches the intranet: no link, no route and no Docker engine joins it to another location.

Shown on the model, independently of packets. Whatever can carry something from one node to another is an edge,
filtered or not; two locations are separate if no chain of edges leads from one to the other.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping

from inventory.model.addressing import Prefix
from inventory.model.zones import LOCATION_OF_ZONE, LocationId
from policies.verification.network_proof.findings import FindingKind, ProofFinding
from policies.verification.network_proof.topology import Topology, TopologyNode, TopologyRoute

Graph = Mapping[str, tuple[str, ...]]


def joined(world: Topology) -> Iterator[ProofFinding]:
    """Every path out of or into the intranet; no finding is the proof."""
    yield from _links(world)
    for node in world.nodes.values():
        yield from _routes(world, node)


def _links(world: Topology) -> Iterator[ProofFinding]:
    """The shortest chain of links and engines from each of the intranet's segments to somewhere else."""
    graph = _graph(world)
    home = {item.id: item.location for item in world.blueprint.segments}
    inner = [name for name, location in home.items() if location is LocationId.INTRANET]
    for segment in inner:
        way = _way(graph, f"segment:{segment}", {f"segment:{name}" for name in home if name not in inner})
        if way:
            yield ProofFinding(FindingKind.JOINED, way[-1].partition(":")[2], what="link", way=tuple(way))


def _graph(world: Topology) -> Graph:
    edges: defaultdict[str, list[str]] = defaultdict(list)

    def join(left: str, right: str) -> None:
        edges[left].append(right)
        edges[right].append(left)

    for node in world.nodes.values():
        for interface in node.interfaces:
            if node.kind != "segment":
                join(node.name, f"segment:{interface}")
        if node.ruled:
            join(node.name, f"engine:{world.engines[node.location]}")
    for segment in world.blueprint.segments:
        join(f"segment:{segment.id}", f"engine:{world.engines[segment.location]}")
    return {name: tuple(others) for name, others in edges.items()}


def _way(graph: Graph, start: str, goals: set[str]) -> list[str]:
    came: dict[str, str] = {start: ""}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        if here in goals:
            way = [here]
            while came[way[-1]]:
                way.append(came[way[-1]])
            return way[::-1]
        for there in graph.get(here, ()):
            if there not in came:
                came[there] = here
                waiting.append(there)
    return []


def _routes(world: Topology, node: TopologyNode) -> Iterator[ProofFinding]:
    """Routes that lead to another location's addresses. A default route leads there, too, through a gateway of its own
    location; it is followed until a routing table ends it."""
    for route in node.routes:
        for prefix in _elsewhere(world, node.location):
            if not _overlap(route.prefix, prefix):
                continue
            way = _followed(world, node, route, prefix)
            if way:
                yield ProofFinding(
                    FindingKind.JOINED, node.id, what=f"route {route.prefix} via {route.via}", way=tuple(way)
                )
                break


def _elsewhere(world: Topology, location: LocationId) -> list[Prefix]:
    """For the intranet, the addresses of all other locations; for those, the intranet's."""
    inner = location is LocationId.INTRANET
    return [
        block.prefix
        for block in world.blueprint.blocks
        if (LOCATION_OF_ZONE[block.zone] is LocationId.INTRANET) != inner
    ]


def _followed(world: Topology, node: TopologyNode, route: TopologyRoute, prefix: Prefix) -> list[str]:
    """The path of packets to the prefix; empty if a gateway's routing table ends it."""
    way, visited = [node.name], {node.name}
    while True:
        bearer = world.owner(route.via)
        if bearer is None or bearer.location is not node.location or _within(route.prefix, prefix):
            return [*way, bearer.name if bearer else str(route.via), str(prefix)]
        if bearer.name in visited:
            return []
        way.append(bearer.name)
        visited.add(bearer.name)
        onward = [item for item in bearer.routes if _overlap(item.prefix, prefix)]
        if not onward:
            return []
        route = max(onward, key=lambda item: item.prefix.prefixlen)


def _overlap(prefix: Prefix, other: Prefix) -> bool:
    return prefix.version == other.version and prefix.overlaps(other)


def _within(prefix: Prefix, other: Prefix) -> bool:
    return _overlap(prefix, other) and prefix.prefixlen >= other.prefixlen
