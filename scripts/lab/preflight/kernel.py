"""Read the kernel's properties: rights, security modules, cgroups, modules."""

from __future__ import annotations

from lab.preflight.files import Files
from lab.preflight.machine import Cgroups, Kernel, Rights, Security
from lab.preflight.mounts import MountEntry

CAPABILITIES = {  # number of each capability that hosts get (infra/hosts.py), or that creating hosts needs
    "CAP_DAC_OVERRIDE": 1,
    "CAP_NET_ADMIN": 12,
    "CAP_NET_RAW": 13,
    "CAP_SYS_MODULE": 16,
    "CAP_SYS_CHROOT": 18,
    "CAP_SYS_PTRACE": 19,
    "CAP_SYS_ADMIN": 21,
    "CAP_MKNOD": 27,
    "CAP_AUDIT_WRITE": 29,
    "CAP_SETFCAP": 31,
}
INITIAL_MAP = ["0", "0", "4294967295"]
# overlay: image layers; bridge, veth: segments; vxlan: overlays of the cloud's Swarm; the others: firewalls
MODULES = ("overlay", "bridge", "veth", "vxlan", "nf_tables", "nf_conntrack")
CONTROLLERS = {  # needed by runc and by limits of hosts and services; v2 has no devices and freezer controllers
    "v1": frozenset({"cpu", "devices", "freezer", "memory", "pids"}),
    "v2": frozenset({"cpu", "memory", "pids"}),
    "none": frozenset[str](),
}
CGROUPS = "/sys/fs/cgroup"
SWITCHES = {  # setting -> the restricting value; none of them restricts root outside a user namespace
    "kernel.unprivileged_userns_clone": 0,
    "kernel.apparmor_restrict_unprivileged_userns": 1,
    "user.max_user_namespaces": 0,
}


def rights(files: Files, user: int) -> Rights:
    effective = int(files.fields("proc/self/status", ":").get("CapEff", "0"), 16)
    lacking = tuple(name for name, bit in CAPABILITIES.items() if not effective >> bit & 1)
    return Rights(user, files.text("proc/self/uid_map").split() == INITIAL_MAP, lacking)


def security(files: Files) -> Security:
    enforcing = files.number("sys/fs/selinux/enforce")
    return Security(
        selinux="absent" if enforcing is None else "enforcing" if enforcing else "permissive",
        apparmor=files.text("sys/module/apparmor/parameters/enabled").strip() == "Y",
        policy=files.exists("sys/kernel/security/apparmor"),
        switches=tuple(f"{key}={value}" for key, value in SWITCHES.items() if setting(files, key) == value),
    )


def setting(files: Files, key: str) -> int | None:
    """A kernel setting by its dotted key; None if this kernel does not have it or it is not a number."""
    return files.number("proc/sys/" + key.replace(".", "/"))


def cgroups(files: Files, mounts: list[MountEntry]) -> Cgroups:
    """The version that runc and engines detect: v2 only if /sys/fs/cgroup itself is cgroup2."""
    root = next((mount for mount in reversed(mounts) if mount.point == CGROUPS), None)
    if root and root.kind == "cgroup2":
        offered = frozenset(files.text("sys/fs/cgroup/cgroup.controllers").split())
        return Cgroups("v2", CGROUPS, "rw" in root.options, offered, systemd=True)
    first = [mount for mount in mounts if mount.kind == "cgroup"]
    if not first:
        return Cgroups("none", CGROUPS, writable=False, controllers=frozenset(), systemd=False)
    closed = [mount.point for mount in first if "rw" not in mount.options]
    options = frozenset[str]().union(*(mount.options for mount in first))
    known = {line.split()[0] for line in files.text("proc/cgroups").splitlines() if line.split()[-1] == "1"}
    return Cgroups("v1", closed[0] if closed else CGROUPS, not closed, options & known, "name=systemd" in options)


def kernel(files: Files, release: str) -> Kernel:
    """Kernel modules, from the module lists of the running kernel. If there are no lists (a kernel without modules),
    only features that the kernel shows as present are known; the trial finds the rest."""
    tree = f"lib/modules/{release}"
    known = files.exists(f"{tree}/modules.dep")
    builtin, loadable = (_listed(files, f"{tree}/modules.{kind}") for kind in ("builtin", "dep"))
    present = {name for name in MODULES if name in builtin or _shown(files, name)}
    others = [name for name in MODULES if name not in present]
    return Kernel(
        absent=tuple(name for name in others if name not in loadable) if known else (),
        unloaded=tuple(name for name in others if name in loadable),
        locked=setting(files, "kernel.modules_disabled") == 1,
        gone=bool(others) and not known and files.matches("lib/modules/*/modules.dep"),
        ipv6=_ipv6(files),
    )


def _listed(files: Files, name: str) -> set[str]:
    """Module names of a list: `kernel/fs/overlayfs/overlay.ko.xz: ...` is overlay."""
    paths = (line.split(":")[0] for line in files.text(name).splitlines())
    return {path.rsplit("/", 1)[-1].split(".ko")[0].replace("-", "_") for path in paths}


def _shown(files: Files, name: str) -> bool:
    kinds = files.text("proc/filesystems").split()
    return name in kinds or files.exists(f"sys/module/{name}")


def _ipv6(files: Files) -> bool:
    """Whether IPv6 is in the kernel and enabled in new namespaces. These inherit the machine's settings only if
    net.core.devconf_inherit_init_net is 1 or 3 (net/ipv6/addrconf.c, addrconf_init_net)."""
    inherits = setting(files, "net.core.devconf_inherit_init_net") in (1, 3)
    off = 1 in (setting(files, f"net.ipv6.conf.{which}.disable_ipv6") for which in ("all", "default"))
    return files.exists("proc/net/if_inet6") and not (inherits and off)
