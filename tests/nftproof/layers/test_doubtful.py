"""What is not compared: constructs that the kernel refuses here, and those that the reader refuses for good reason."""

from __future__ import annotations

import pytest

from policies.nftproof.analyse import analyse
from policies.nftproof.listing import read
from tests.nftproof.layers.untried import IN_BRIDGE
from tests.nftproof.listing import listed

TABLE = "table bridge b {\n chain prerouting { type filter hook prerouting priority 0; %s; }\n}"


@pytest.mark.parametrize("name", IN_BRIDGE)
def test_the_kernel_refuses_what_was_not_compared(name: str) -> None:
    untried = IN_BRIDGE[name]
    try:
        listed(TABLE % untried.rule)
    except RuntimeError as refused:
        assert untried.words in str(refused)
    else:
        pytest.skip("this kernel takes it: the generator can make it here")


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ("vlan type 8021q vlan id 6 drop", "vlan behind a second VLAN header"),
        ("ether type 8021ad vlan id 5 vlan type 8021q ip saddr 10.0.0.1 drop", "ip behind a second VLAN header"),
        ("vlan id 5 ether daddr 02:00:00:00:00:01 drop", "vlan id twice"),
        ("vlan pcp 3 ether daddr & ff:ff:00:00:00:00 == 02:00:00:00:00:00 drop", "vlan pcp twice"),
        ("vlan pcp set 3", "change of payload pcp vlan"),
        ("ether type set ip", "change of payload type ether"),
        ("ip protocol set 6", "change of payload protocol ip"),
        ("@nh,96,32 1 drop", "raw payload @nh,96,32"),
    ],
)
def test_what_kernel_and_listing_tell_differently_is_not_understood(rule: str, what: str) -> None:
    assert what in [item.what for item in analyse(read(listed(TABLE % rule))).unknown]


def test_a_tag_alone_is_understood() -> None:
    """The positive control: these words are not refused by themselves."""
    assert analyse(read(listed(TABLE % "vlan id 5 vlan pcp 3 ip saddr 10.0.0.1 drop"))).unknown == []
