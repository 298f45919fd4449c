"""The things an estate is made of, by topic."""

from policies.nodes.base import Node
from policies.nodes.engines import Backend, Compensation, Engine, Gap, Other, Plugin, Provider, Sighting
from policies.nodes.flows import Chain, Flow, Opening, Ruleset
from policies.nodes.interiors import Bypass, Interior, Link, Route, Socket
from policies.nodes.networks import Block, Network, Segment
from policies.nodes.register import Agency, Exchange, Resource, System
from policies.nodes.workloads import Host, Image, Leg, Mount, Port, Volume, Workload

__all__ = [
    "Agency",
    "Backend",
    "Block",
    "Bypass",
    "Chain",
    "Compensation",
    "Engine",
    "Exchange",
    "Flow",
    "Gap",
    "Host",
    "Image",
    "Interior",
    "Leg",
    "Link",
    "Mount",
    "Network",
    "Node",
    "Opening",
    "Other",
    "Plugin",
    "Port",
    "Provider",
    "Resource",
    "Route",
    "Ruleset",
    "Segment",
    "Sighting",
    "Socket",
    "System",
    "Volume",
    "Workload",
]
