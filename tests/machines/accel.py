"""Does a virtual CPU really run here, and at a useful speed? /dev/kvm alone does not say.

Seen: a machine whose KVM (pagetable virtual machine) interprets an unmodified kernel instruction by instruction. It
answers all of KVM's calls, and is far slower than QEMU's own translation.
"""

from __future__ import annotations

import subprocess
import tempfile
from functools import cache
from pathlib import Path

KVM = ["-accel", "kvm", "-cpu", "host"]
EMULATION = ["-accel", "tcg,thread=multi", "-cpu", "max"]
SECONDS = 10  # a real virtual CPU and QEMU's translation need less than one
PORT = 0xF4
ANSWER = 0x15
STATUS = (ANSWER << 1) | 1  # how the device isa-debug-exit turns what was written to it into an exit status
COUNT = 50_000_000
# mov ecx, COUNT; 1: dec ecx; jnz 1b; mov al, ANSWER; out PORT, al; hlt
CODE = b"\x66\xb9" + COUNT.to_bytes(4, "little") + b"\x66\x49" + b"\x75\xfc" + bytes([0xB0, ANSWER, 0xE6, PORT, 0xF4])
SECTOR = CODE.ljust(510, b"\0") + b"\x55\xaa"


def runs(accelerator: list[str]) -> bool:
    """Boot a sector that counts to COUNT and then answers; true if the answer came in time."""
    with tempfile.TemporaryDirectory(prefix="lantu-accel-") as folder:
        sector = Path(folder) / "sector"
        sector.write_bytes(SECTOR)
        try:
            done = subprocess.run(
                [
                    "qemu-system-x86_64",
                    *accelerator,
                    "-nodefaults",
                    "-display",
                    "none",
                    "-no-reboot",
                    "-device",
                    f"isa-debug-exit,iobase={PORT:#x},iosize=1",
                    "-drive",
                    f"file={sector},format=raw,if=ide",
                ],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == STATUS


@cache
def choose() -> list[str]:
    """QEMU's arguments: KVM where it works, emulation elsewhere."""
    return KVM if Path("/dev/kvm").exists() and runs(KVM) else EMULATION


def is_kvm() -> bool:
    return choose() is KVM
