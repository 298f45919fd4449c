"""Kernel limits that prevent a lab if they have been lowered, with the source of each number.

Measured while `lantu up` built the worked example (12 hosts, 2 tasks, two engines; Debian 12, cgroups v1, Docker
20.10): 131 processes with 211 threads in the hosts, 47 threads in the engines, 15 namespaces of each kind that
containers have, 112 session keyrings of root; 29,796 open files on the whole machine while 37 workers tested packets,
2,200 before. The needs below are at least a third higher, so that hosts can be replaced while their successors start.

Not included, because they do not limit a lab that root runs: kernel.keys.maxkeys (other users' keys),
user.max_user_namespaces and its switches (hosts have none of their own), fs.inotify.max_user_watches (by default 8,192
or more), net.core.somaxconn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from inventory.texts.text import Text
from lab import inotify
from lab.preflight.needs import Needs


class Limit(NamedTuple):
    """`need` computes the minimum value; `source` explains it."""

    need: Callable[[Needs], int]
    source: Text


OPEN_FILES = "RLIMIT_NOFILE"  # not a setting: the caller's own limit, which engines inherit and pass to hosts
THREADS = (30, 2000)  # of a container; then of the machine, Pulumi, Ansible and the probe workers
KEYS = (16, 100)
FILES = (2000, 10_000)
NAMESPACES = (2, 32)


def _limit(rate: tuple[int, int], zh: str, en: str) -> Limit:
    """A limit of a number for each container plus a fixed number."""
    each, besides = rate
    source = Text(
        f"每个容器 {each} 个{zh}，另加 {besides} 个", f"{each} {en} for each container, and {besides} besides"
    )
    return Limit(lambda needs: needs.containers * each + besides, source)


def _namespaces(zh: str, en: str) -> Limit:
    return _limit(NAMESPACES, f"{zh}命名空间", f"{en} namespaces")


LIMITS: dict[str, Limit] = {
    "fs.inotify.max_user_instances": Limit(
        lambda needs: (needs.hosts + needs.nodes) * inotify.A_HOST + inotify.SPARE,
        Text(
            f"每台主机 {inotify.A_HOST} 个（systemd），另加 {inotify.SPARE} 个",
            f"{inotify.A_HOST} for the systemd of each host, and {inotify.SPARE} besides",
        ),
    ),
    "kernel.pid_max": _limit(THREADS, "线程", "threads"),
    "kernel.threads-max": _limit(THREADS, "线程", "threads"),
    "kernel.keys.root_maxkeys": _limit(KEYS, "会话密钥环", "session keyrings"),
    "fs.file-max": _limit(FILES, "打开的文件", "open files"),
    "user.max_net_namespaces": _namespaces("网络", "network"),
    "user.max_mnt_namespaces": _namespaces("挂载", "mount"),
    "user.max_pid_namespaces": _namespaces("进程", "pid"),
    "user.max_ipc_namespaces": _namespaces("IPC ", "ipc"),
    "user.max_uts_namespaces": _namespaces("UTS ", "uts"),
    "user.max_cgroup_namespaces": _namespaces("控制组", "cgroup"),
    OPEN_FILES: Limit(
        lambda _: 4096,
        Text(
            "硬上限：引擎，以及每次探测占一个套接字的探测进程",
            "the hard limit: engines, and probe workers that hold a socket for each probe",
        ),
    ),
}
