"""The resource model: what a snapshot consists of, by topic."""

from policies.gate.model.base import ModelObject
from policies.gate.model.engines import (
    Backend,
    CompensatingControl,
    DockerEngine,
    MissingInput,
    ObservedControl,
    Plugin,
    Provider,
    UnsupportedResource,
)
from policies.gate.model.flows import BaseChain, Flow, HostRuleset, OpenPort
from policies.gate.model.namespaces import KernelRoute, Link, NamespaceState, Socket, UngatedChange
from policies.gate.model.networks import Block, Network, Segment
from policies.gate.model.register import Agency, DataResource, Exchange, System
from policies.gate.model.workloads import Host, Image, Interface, Mount, Port, Volume, Workload

__all__ = [
    "Agency",
    "Backend",
    "BaseChain",
    "Block",
    "CompensatingControl",
    "DataResource",
    "DockerEngine",
    "Exchange",
    "Flow",
    "Host",
    "HostRuleset",
    "Image",
    "Interface",
    "KernelRoute",
    "Link",
    "MissingInput",
    "ModelObject",
    "Mount",
    "NamespaceState",
    "Network",
    "ObservedControl",
    "OpenPort",
    "Plugin",
    "Port",
    "Provider",
    "Segment",
    "Socket",
    "System",
    "UngatedChange",
    "UnsupportedResource",
    "Volume",
    "Workload",
]
