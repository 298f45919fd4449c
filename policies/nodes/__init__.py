"""The things an estate is made of, by topic."""

from policies.nodes.base import Node
from policies.nodes.engines import Backend, Compensation, Engine, Gap, Other, Plugin, Provider, Sighting
from policies.nodes.flows import Chain, Flow, Opening, Ruleset
from policies.nodes.networks import Block, Network, Segment
from policies.nodes.register import Agency, Exchange, Resource, System
from policies.nodes.workloads import Host, Image, Leg, Mount, Port, Volume, Workload

__all__ = [
    "Agency",
    "Backend",
    "Block",
    "Chain",
    "Compensation",
    "Engine",
    "Exchange",
    "Flow",
    "Gap",
    "Host",
    "Image",
    "Leg",
    "Mount",
    "Network",
    "Node",
    "Opening",
    "Other",
    "Plugin",
    "Port",
    "Provider",
    "Resource",
    "Ruleset",
    "Segment",
    "Sighting",
    "System",
    "Volume",
    "Workload",
]
