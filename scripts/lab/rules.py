"""The firewall of an engine's namespace: the engine host is unreachable, and management hosts reach only the bastion.

The tables are separate from Docker's and replaced in one transaction; nothing else in the namespace changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from lab.commands import inside, run

TABLE = "lantu_engine"


@dataclass(frozen=True, slots=True)
class Management:
    """A management segment of one address family: only `bastions` can communicate with its other hosts."""

    prefix: str
    bastions: tuple[str, ...]


def engine_tables(management: Iterable[Management] = ()) -> str:
    """The nft script for an engine's namespace. The engine is controlled only through its socket, so it needs no
    network and answers no neighbour requests. Frames between containers pass, except on management segments."""
    lines = [line for segment in management for line in _segment(segment)]
    return f"""\
table inet {TABLE}
delete table inet {TABLE}
table inet {TABLE} {{
  chain input {{ type filter hook input priority -10; policy drop; iif lo accept; counter; }}
  chain forward {{ type filter hook forward priority -10; policy drop; counter; }}
  chain output {{ type filter hook output priority -10; policy drop; oif lo accept; counter; }}
}}
table bridge {TABLE}
delete table bridge {TABLE}
table bridge {TABLE} {{
  chain input {{ type filter hook input priority -10; policy drop; counter; }}
  chain output {{ type filter hook output priority -10; policy drop; counter; }}
  chain forward {{
    type filter hook forward priority -10; policy accept;
    icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }} accept
    ip6 saddr fe80::/10 counter drop
    ip6 daddr fe80::/10 counter drop
{chr(10).join("    " + line for line in lines)}
  }}
}}
"""


def _segment(segment: Management) -> list[str]:
    """Drop a packet if one end is in the segment and neither end is a bastion, whatever the other address is."""
    prefix = ip_network(segment.prefix)
    bastions = sorted(ip_address(bastion) for bastion in segment.bastions)
    family = "ip" if prefix.version == 4 else "ip6"
    if not bastions:
        return [f"{family} saddr {prefix} counter drop", f"{family} daddr {prefix} counter drop"]
    others = f"!= {{ {', '.join(map(str, bastions))} }}"
    not_bastion = f"{family} saddr {others} {family} daddr {others} counter drop"
    return [f"{family} saddr {prefix} {not_bastion}", f"{family} daddr {prefix} {not_bastion}"]


def apply(namespace: str, management: Iterable[Management] = ()) -> None:
    """Load the tables into a namespace atomically."""
    run(inside(namespace, "nft", "-f", "-"), stdin=engine_tables(management))
