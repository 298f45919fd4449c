"""Objects that rules name, in nft's own language: its JSON input has no dynamic sets or synproxies (nft 1.0.6)."""

from __future__ import annotations

TEXT = """
counter c1 {{ packets 0 bytes 0
}}
quota q1 {{ over 300 bytes
}}
limit l1 {{ rate 1/day burst 2 packets
}}
limit l2 {{ rate over 1/day burst 2 packets
}}
synproxy sp1 {{ mss 1460
wscale 7
}}
set filled {{ type {kind}; size 100; flags dynamic; }}
set small {{ type {kind}; size 1; flags dynamic; }}
set timed {{ type {kind}; size 100; flags dynamic,timeout; timeout 1h; }}
set until {{ type {kind}; flags timeout; elements = {{ {one} timeout 1h, {two} }} }}
set counted {{ type {kind}; counter; elements = {{ {one} counter packets 0 bytes 0, {two} }} }}
set every {{ type {kind}; flags interval; elements = {{ {one}, * }} }}
map learnt {{ type {kind} : mark; size 100; flags dynamic,timeout; timeout 1h; }}
map marks {{ type {kind} : mark; elements = {{ {one} : 1, {two} : 3 }} }}
map ways {{ type {kind} : verdict; flags interval; elements = {{ {net} : accept, {far} : drop }} }}
map rest {{ type {kind} : verdict; elements = {{ {one} : accept, * : drop }} }}
set ports {{ type inet_service; flags interval; elements = {{ 22, 80-443 }} }}
set interfaces {{ type ifname; flags interval; elements = {{ "lan0", "dm*" }} }}
set labels {{ type mark; elements = {{ 1, 3 }} }}
set protocols {{ type inet_proto; elements = {{ tcp, esp }} }}
"""
HELPERS = """
ct helper h1 { type "ftp" protocol tcp; l3proto ip; }
ct timeout to1 { protocol tcp; policy = { established : 100 }
l3proto ip; }
ct expectation e1 { protocol tcp; dport 99; timeout 10s; size 3; l3proto ip; }
"""
"""For IPv4 only."""


def objects(family: str, table: str) -> str:
    """A table with everything that rules of `topics` name."""
    four = {"kind": "ipv4_addr", "one": "10.0.0.1", "two": "10.0.0.2", "net": "10.0.0.0/30", "far": "10.9.0.1"}
    six = {"kind": "ipv6_addr", "one": "fd00::1", "two": "fd00::2", "net": "fd00::/126", "far": "fd09::1"}
    named = TEXT.format(**(six if family == "ip6" else four)) + (HELPERS if family != "ip6" else "")
    return f"table {family} {table} {{{named}}}\n"
