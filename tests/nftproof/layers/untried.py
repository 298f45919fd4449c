"""What the reader knows and this kernel does not take in these layers: tried, with the kernel's words.

Names as in `constructs`, with the family they are about. Where a kernel has one of these, the generator can make it.
The reader leaves their values open (any interface of a bridge, any state of a connection, any route), so that a proof
holds whatever they are; a refusal is as one at a device, which is compared.
"""

from __future__ import annotations

from typing import NamedTuple


class Untried(NamedTuple):
    """A rule, as `nft add rule bridge b prerouting ...` takes it, and why it is refused."""

    rule: str
    words: str


NO_EXPRESSION, NO_MODULE, NO_TRACKING = "Operation not supported", "No such file or directory", "Protocol error"
IN_BRIDGE: dict[str, Untried] = {
    "meta ibrname": Untried("meta ibrname br0", NO_EXPRESSION),
    "meta obrname": Untried("meta obrname br0", NO_EXPRESSION),
    "meta ibrpvid": Untried("meta ibrpvid 1", NO_EXPRESSION),
    "meta ibrvproto": Untried("meta ibrvproto 8021q", NO_EXPRESSION),
    "ct state": Untried("ct state new", NO_TRACKING),
    "ct status": Untried("ct status assured", NO_TRACKING),
    "ct direction": Untried("ct direction original", NO_TRACKING),
    "ct mark": Untried("ct mark 1", NO_TRACKING),
    "statement ct count": Untried("ct count 5", NO_TRACKING),
    "statement reject": Untried("reject", NO_MODULE),
    "statement queue": Untried("queue", NO_MODULE),
    "fib type": Untried("fib daddr type local", NO_MODULE),
    "rt classid": Untried("rt classid 1", NO_EXPRESSION),
    "socket transparent": Untried("socket transparent 1", NO_EXPRESSION),
    "osf": Untried('osf name "Linux"', NO_EXPRESSION),
    "meta sdif": Untried("meta sdif 1", NO_EXPRESSION),
}
"""Construct -> the rule that was tried in family bridge. Devices with tags of their own (type vlan) and bridges that
filter by tag are not there either: every tag that is compared came in with the frame or was sent with it."""
