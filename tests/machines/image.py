"""Disk images of Debian releases with their stock kernels, built once and kept in the cache by the recipe's hash."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab import disk, mounts
from lab.locks import held

from tests.machines import places, registries

RELEASES = {"debian12": "bookworm", "debian13": "trixie"}
PACKAGES = (
    "linux-image-cloud-amd64",
    "systemd",
    "systemd-sysv",
    "udev",
    "dbus",
    "libpam-systemd",
    "openssh-server",
    "sudo",
    "apparmor",
    "ca-certificates",
    "git",
    "python3",
)
FINISH = places.HERE / "finish.sh"
GIGABYTES = 24  # what the machine sees; the file is sparse
NEED_MB = 4000  # tree and image while it is built
SECONDS = 1800
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
FORMAT = 1  # raise when this builder makes something else of the same recipe
# ends with its parent, also by SIGKILL, and takes every process and mount of the build along
CONFINED = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DiskImage:
    """A disk that is never written to, its kernel, and the key that opens every machine made of it."""

    name: str
    folder: Path

    @property
    def disk(self) -> Path:
        return self.folder / "disk.img"

    @property
    def kernel(self) -> Path:
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        return self.folder / "initrd.img"

    @property
    def key(self) -> Path:
        return self.folder / "key"

    @property
    def host_keys(self) -> list[str]:
        """Public host keys of its sshd."""
        return [line for line in (self.folder / "host_keys").read_text().splitlines() if line]


def recipe(name: str) -> str:
    """The hash of all that decides what the image is."""
    files = registries.files(RELEASES[name])
    flat = [part for path, data in sorted(files.items()) for part in (path, data)]
    return places.digest(str(FORMAT), name, *PACKAGES, str(GIGABYTES), FINISH.read_bytes(), *flat)


def ensure(name: str, say: Say = print) -> DiskImage:
    """The image from the cache, or built now (2 to 4 minutes)."""
    folder = places.images() / f"{name}-{recipe(name)[:16]}"
    if not (folder / "disk.img").exists():
        with held(places.home() / "images.lock", SECONDS):
            if not (folder / "disk.img").exists():
                say(f"building the disk image {name} …")
                _build(name, folder)
    return DiskImage(name, folder)


def _build(name: str, folder: Path) -> None:
    room = places.images()
    room.mkdir(parents=True, exist_ok=True)
    for left in room.glob(".building-*"):  # the lock is ours: whoever made it is dead
        mounts.remove(left)
    disk.require(room, NEED_MB)
    work = room / f".building-{name}"
    work.mkdir(mode=0o700)
    try:
        _key(work)
        _tree(name, work)
        finished = _finished(work)
        os.sync()  # no name in the cache before its bytes are on the disk
        for old in room.glob(f"{name}-*"):
            shutil.rmtree(old)
        finished.rename(folder)
    finally:
        mounts.remove(work)


def _key(work: Path) -> None:
    _run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "machines", "-f", str(work / "key")])


def _tree(name: str, work: Path) -> None:
    """Debian of the release by mmdebstrap, finished by finish.sh."""
    for path, data in registries.files(RELEASES[name]).items():
        target = work / "files" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    apt = work / "files/etc/apt"
    log = places.images() / f"{name}.log"
    environment = {
        **os.environ,
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "FILES": str(work / "files"),
        "KEY": (work / "key.pub").read_text().strip(),
        "NAME": name,
    }
    _run(
        [
            *CONFINED,
            "mmdebstrap",
            "--mode=root",
            "--variant=important",
            f"--include={','.join(PACKAGES)}",
            f"--keyring={KEYRING}",
            f"--aptopt={apt / 'apt.conf.d/90fetching'}",
            f"--customize-hook={FINISH}",
            "--customize-hook=rm $1/etc/apt/sources.list.d/0000*",
            RELEASES[name],
            str(work / "tree"),
            str(apt / "sources.list.d/debian.sources"),
        ],
        environment=environment,
        log=log,
    )


def _finished(work: Path) -> Path:
    """Kernel, initrd, keys and the file system, made of the tree without a mount."""
    tree, finished = work / "tree", work / "finished"
    finished.mkdir()
    for kind in ("vmlinuz", "initrd.img"):
        shutil.copy(next((tree / "boot").glob(f"{kind}-*")), finished / kind)
    (finished / "host_keys").write_text("".join(path.read_text() for path in tree.glob("etc/ssh/ssh_host_*_key.pub")))
    shutil.copy(work / "key", finished / "key")
    _run(
        [
            "mke2fs",
            "-q",
            "-t",
            "ext4",
            "-L",
            "root",
            "-E",
            "lazy_itable_init=0,lazy_journal_init=0",
            "-m",
            "1",
            "-d",
            str(tree),
            str(finished / "disk.img"),
            f"{GIGABYTES}G",
        ]
    )
    return finished


def _run(argv: list[str], environment: dict[str, str] | None = None, log: Path | None = None) -> None:
    done = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
        timeout=SECONDS,
        check=False,
    )
    if log:
        log.write_text(done.stdout)
    if done.returncode:
        raise RuntimeError(f"{argv[0]} ended with status {done.returncode}:\n{done.stdout[-2000:]}")
