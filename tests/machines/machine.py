"""A running virtual machine: started on a throw-away layer over a disk image, reached by SSH over loopback only."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lab import disk
from lab.locks import held

from tests.machines import accel, cargo, places
from tests.machines.image import DiskImage

BOOT_SECONDS = {True: 180, False: 1200}  # with KVM, emulated
NEED_MB = 12000  # what a machine may write while it runs the worked example
NETWORK = "192.168.76.0/24"
V1 = "systemd.unified_cgroup_hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"
STATE = "machine.json"
LAYER = "layer.qcow2"
CARGO = "cargo.tar"  # a second disk, read-only: copying by SSH costs an emulated CPU ten minutes for the caches


@dataclass(frozen=True, slots=True)
class VirtualMachine:
    """What is needed to reach and to end one: kept in `folder`, so that another process can do it too.

    `pid` is that of timeout(1), which ends QEMU when the time is over; `owner` is the process whose end ends it, or 0.
    `started` and `owner_started` tell both from later processes with their pids.
    """

    name: str
    image: str
    folder: str
    pid: int
    started: int
    port: int
    owner: int
    owner_started: int = 0

    def ssh(self, user: str = "root") -> list[str]:
        folder = Path(self.folder)
        return [
            "ssh",
            "-F",
            "none",
            "-i",
            str(folder / "key"),
            "-p",
            str(self.port),
            "-o",
            "IdentitiesOnly=yes",
            "-o",
            f"UserKnownHostsFile={folder / 'known_hosts'}",
            "-o",
            "StrictHostKeyChecking=yes",
            "-o",
            "ConnectTimeout=10",
            "-o",
            "ServerAliveInterval=30",
            "-o",
            "ServerAliveCountMax=40",
            "-o",
            "LogLevel=ERROR",
            f"{user}@127.0.0.1",
        ]

    def run(
        self, command: str, user: str = "root", seconds: float = 120, stdin: bytes = b"", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """A shell command in the machine. RuntimeError with its last words unless it succeeds."""
        argv = [*self.ssh(user), command]
        done = subprocess.run(argv, input=stdin, capture_output=True, timeout=seconds, check=False)
        told = subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        )
        if check and told.returncode:
            last = (told.stdout + told.stderr)[-3000:]
            raise RuntimeError(f"{self.name}: {command}: exit status {told.returncode}\n{last}")
        return told

    def put(self, source: Path, target: str, user: str = "root", exclude: Sequence[str] = ()) -> None:
        """Copy what a folder of this machine holds into a folder there."""
        pack = ["tar", "-C", str(source), *(f"--exclude={item}" for item in exclude), "-cf", "-", "."]
        where = shlex.quote(target)
        with subprocess.Popen(pack, stdout=subprocess.PIPE) as tar:
            done = subprocess.run(
                [*self.ssh(user), f"mkdir -p {where} && tar -C {where} --no-same-owner -xf -"],
                stdin=tar.stdout,
                capture_output=True,
                text=True,
                timeout=1800,
                check=False,
            )
        if done.returncode or tar.returncode:
            raise RuntimeError(f"{self.name}: copying {source}: {done.stderr[-500:]}")

    def alive(self) -> bool:
        return _started(self.pid) == self.started

    def stop(self) -> None:
        """End it as by pulling the plug, and remove all that it wrote."""
        if self.alive():
            handle = os.pidfd_open(self.pid)
            try:
                signal.pidfd_send_signal(handle, signal.SIGTERM)  # timeout(1) hands it on to QEMU
                _wait(lambda: not self.alive(), 30, f"{self.name} does not end")
            finally:
                os.close(handle)
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Size:
    """Of the virtual machine: processors, MiB of memory, and after how many minutes it is ended at the latest."""

    cpus: int = 2
    memory: int = 8192
    minutes: float = 180


def boot(image: DiskImage, name: str, size: Size, *, arguments: str = "", owned: bool = False) -> VirtualMachine:
    """Start a machine and wait until SSH answers and its caches are there. With `owned` it ends when we do.

    `arguments`: of the kernel, beside those that it needs.
    """
    disk.require(places.home(), NEED_MB)
    places.running().mkdir(parents=True, exist_ok=True)
    with held(places.home() / "running.lock"):
        sweep()
        folder = places.running() / name
        folder.mkdir(mode=0o700)
        port = prepare(image, folder)
        machine = launch(image, folder, port, size, arguments, owned)
    _await_ssh(machine)
    machine.run("tar -C / -xf /dev/vdb", seconds=1800)
    return machine


def restart(machine: VirtualMachine, image: DiskImage, size: Size, *, arguments: str = "") -> VirtualMachine:
    """Shut it down and start it again on the same disk, with other arguments for the kernel."""
    machine.run("systemctl poweroff", check=False)
    _wait(lambda: not machine.alive(), BOOT_SECONDS[accel.is_kvm()], f"{machine.name} does not shut down")
    again = launch(image, Path(machine.folder), machine.port, size, arguments, bool(machine.owner))
    _await_ssh(again)
    return again


def prepare(image: DiskImage, folder: Path, caches: Sequence[str] = cargo.CACHES) -> int:
    """Its disks, and what SSH needs; returns the port of its sshd here."""
    port = _free_port()
    shutil.copy(image.key, folder / "key")
    (folder / "known_hosts").write_text("".join(f"[127.0.0.1]:{port} {key}\n" for key in image.host_keys))
    cargo.pack(folder / CARGO, caches)
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(image.disk), str(folder / LAYER)],
        check=True,
        timeout=60,
    )
    return port


def launch(image: DiskImage, folder: Path, port: int, size: Size, arguments: str, owned: bool) -> VirtualMachine:
    """Start QEMU; does not wait for anything in the machine."""
    argv = [
        *(["setpriv", "--pdeathsig", "TERM"] if owned else ["setsid"]),
        "timeout",
        "--kill-after=10",
        f"{size.minutes}m",
        *qemu(image, folder, port, size, arguments),
    ]
    with (folder / "qemu.log").open("wb") as log:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
    owner = os.getpid() if owned else 0
    machine = VirtualMachine(
        folder.name, image.name, str(folder), process.pid, _started(process.pid), port, owner, _started(owner)
    )
    draft = folder / f"{STATE}.draft"
    draft.write_text(json.dumps(asdict(machine)))
    draft.replace(folder / STATE)
    return machine


def qemu(image: DiskImage, folder: Path, port: int, size: Size, arguments: str) -> list[str]:
    """QEMU's command line. The only way in from outside is SSH on a loopback port."""
    return [
        "qemu-system-x86_64",
        *accel.choose(),
        "-name",
        folder.name,
        "-smp",
        str(size.cpus),
        "-m",
        str(size.memory),
        "-nodefaults",
        "-no-user-config",
        "-display",
        "none",
        "-no-reboot",
        "-serial",
        f"file:{folder / 'console'}",
        "-kernel",
        str(image.kernel),
        "-initrd",
        str(image.initrd),
        "-append",
        f"root=/dev/vda rw console=ttyS0 {arguments}".strip(),
        "-drive",
        f"file={folder / LAYER},if=virtio,cache=unsafe,discard=unmap,detect-zeroes=unmap",
        "-drive",
        f"file={folder / CARGO},if=virtio,format=raw,readonly=on",
        "-netdev",
        f"user,id=lan,net={NETWORK},ipv6=off,hostfwd=tcp:127.0.0.1:{port}-:22",
        "-device",
        "virtio-net-pci,netdev=lan",
        "-device",
        "virtio-rng-pci",
        "-device",
        "virtio-balloon-pci,free-page-reporting=on",
    ]


def _await_ssh(machine: VirtualMachine) -> None:
    def answers() -> bool:
        if not machine.alive():
            words = (Path(machine.folder) / "qemu.log").read_text(errors="replace")
            raise RuntimeError(f"{machine.name}: QEMU ended: {words[-1000:]}")
        return machine.run("true", seconds=60, check=False).returncode == 0

    _wait(answers, BOOT_SECONDS[accel.is_kvm()], f"{machine.name} does not answer by SSH", pause=1)
    # `running`, or `degraded` where a unit failed: the test looks at that
    machine.run("systemctl is-system-running --wait", seconds=BOOT_SECONDS[accel.is_kvm()], check=False)


def all_machines() -> list[VirtualMachine]:
    return [VirtualMachine(**json.loads(path.read_text())) for path in sorted(places.running().glob(f"*/{STATE}"))]


def find(name: str) -> VirtualMachine:
    for machine in all_machines():
        if machine.name == name:
            return machine
    raise LookupError(f"no machine {name}")


def sweep() -> None:
    """Remove what killed runs left: folders without a machine, machines without the test that owns them."""
    known = {machine.folder: machine for machine in all_machines()}
    for folder in places.running().glob("*"):
        machine = known.get(str(folder))
        if machine is None or not machine.alive():
            shutil.rmtree(folder)
        elif machine.owner and _started(machine.owner) != machine.owner_started:
            machine.stop()


def _started(pid: int) -> int:
    """When the process began, in clock ticks since boot; 0 where there is none. A pid alone may be a later one's."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0 if words[0] == "Z" else int(words[19])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(done: Callable[[], bool], seconds: float, otherwise: str, pause: float = 0.2) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{otherwise} after {seconds:.0f} s")
        time.sleep(pause)
