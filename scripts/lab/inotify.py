"""How many inotify instances are left. The kernel gives root 128 for the whole machine, every host's systemd takes
some, and a host that gets none fails in odd ways: units that never start, or no start at all."""

from __future__ import annotations

from pathlib import Path

from lab.errors import LabError

LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")
A_HOST = 3  # systemd's own: time zone, control groups, /run; measured on Debian 12
SPARE = 10  # hosts that are replaced while their successors start, people's own tools


def used(proc: Path = Path("/proc")) -> int:
    """Instances that root's processes hold now."""
    return sum(held(process) for process in proc.iterdir() if process.name.isdigit())


def held(process: Path) -> int:
    """Instances of one process of root, by its folder in /proc."""
    try:
        handles = list((process / "fd").iterdir()) if process.stat().st_uid == 0 else []
    except OSError:  # gone while we looked
        return 0
    return sum(_is_watch(handle) for handle in handles)


def _is_watch(handle: Path) -> bool:
    try:
        return str(handle.readlink()) == "anon_inode:inotify"
    except OSError:  # closed while we looked
        return False


def require(hosts: int) -> None:
    """LAB026 unless that many more hosts can start on this machine."""
    limit, now, need = int(LIMIT.read_text()), used(), hosts * A_HOST + SPARE
    if now + need > limit:
        raise LabError("LAB026", f"{now} of {limit} in use", need=need, hosts=hosts)
