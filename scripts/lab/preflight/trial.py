"""Test the kernel's features in temporary namespaces. Needs root and the tools; changes nothing outside them."""

from __future__ import annotations

import tempfile

from inventory.texts.text import Text
from lab import rules
from lab.commands import attempt, tail
from lab.errors import LabError
from lab.paths import state_root

LINKS = " && ".join(
    (
        "ip link add name b0 type bridge",
        "ip link add name v0 type veth peer name v1",
        "ip link set v0 master b0",
        "ip link add name x0 type vxlan id 1 dstport 4789",
    )
)
HOSTS = """
table inet trial {
  chain input { type filter hook input priority filter; policy drop;
    ct state established accept
    ip6 hoplimit 255 icmpv6 type nd-neighbor-solicit accept
    counter reject with icmpx admin-prohibited comment "as in the hosts"
  }
}
"""
DOCKER = " && ".join(
    (
        "iptables -t nat -A POSTROUTING -s 10.0.0.0/8 ! -o lo -j MASQUERADE",
        "iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j ACCEPT",
        "iptables -t filter -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    )
)


def try_kernel() -> list[LabError]:
    """LAB006 for each feature that this kernel lacks."""
    trials = (
        (Text("网络命名空间、网桥、veth、vxlan", "network namespaces, bridges, veth, vxlan"), ["sh", "-c", LINKS], ""),
        (
            Text("nftables 的 inet 与 bridge 表", "nftables tables of inet and bridge"),
            ["nft", "-f", "-"],
            rules.engine_tables() + HOSTS,
        ),
        (Text("Docker 的 iptables 规则", "Docker's rules of iptables"), ["sh", "-c", DOCKER], ""),
    )
    failed = [_try(ability, ["unshare", "--net", *argv], stdin) for ability, argv, stdin in trials]
    return [refusal for refusal in (*failed, _overlay()) if refusal]


def _overlay() -> LabError | None:
    """Test overlayfs on the disk that will hold the image layers."""
    there = next(path for path in (state_root(), *state_root().parents) if path.exists())
    with tempfile.TemporaryDirectory(dir=there, prefix=".lantu-") as folder:
        layers = "lowerdir=lower,upperdir=upper,workdir=work"
        script = f"cd {folder} && mkdir lower upper work all && mount -t overlay overlay -o {layers} all"
        return _try(Text("overlayfs", "overlayfs"), ["unshare", "--mount", "sh", "-c", script])


def _try(ability: Text, argv: list[str], stdin: str = "") -> LabError | None:
    done = attempt(argv, stdin=stdin)
    if done.returncode == 0:
        return None
    return LabError("LAB006", tail(done.stderr), ability=ability, command=" ".join(argv))
