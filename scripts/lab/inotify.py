"""The number of free inotify instances. By default root has 128 for the whole machine, and each host's systemd uses
several. A host without free instances fails: some units never start, or the host itself does not."""

from __future__ import annotations

from pathlib import Path

from lab.errors import LabError

LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")
A_HOST = 3  # systemd's own: time zone, control groups, /run; measured on Debian 12
SPARE = 10  # replaced hosts while their successors start, and other tools of root


def used(proc: Path = Path("/proc")) -> int:
    """The number of instances that root's processes hold."""
    return sum(held(process) for process in proc.iterdir() if process.name.isdigit())


def held(process: Path) -> int:
    """The number of instances that one process of root holds, by its folder in /proc."""
    try:
        handles = list((process / "fd").iterdir()) if process.stat().st_uid == 0 else []
    except OSError:  # the process has ended
        return 0
    return sum(_is_watch(handle) for handle in handles)


def _is_watch(handle: Path) -> bool:
    try:
        return str(handle.readlink()) == "anon_inode:inotify"
    except OSError:  # closed in the meantime
        return False


def require(hosts: int) -> None:
    """LAB026 unless there are enough instances for the new hosts."""
    limit, now, need = int(LIMIT.read_text()), used(), hosts * A_HOST + SPARE
    if now + need > limit:
        raise LabError("LAB026", f"{now} of {limit} in use", need=need, hosts=hosts)
