"""How long steps 4 to the last of `up` take with control groups v2, compared with v1: same machine, same blueprint."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from tests.machines import accel, checkout, image, machine, progress, trial

FIRST = 4  # the steps before it look at the machine, evaluate the blueprint and get Pulumi
VERSIONS = {"v2": "", "v1": machine.V1}
FILE_SYSTEM = {"v2": "cgroup2fs", "v1": "tmpfs"}
TARGET = 1.3
PAIRS = {True: 7, False: 1}  # with KVM, emulated
MINUTES = {True: 600, False: 900}


def measure(release: str, pairs: int, say: Callable[[str], None]) -> str:
    """Alternate between the two on one disk, and return the table. RuntimeError where a run of `up` fails."""
    kept = image.ensure(release, say)
    size = machine.Size(minutes=MINUTES[accel.is_kvm()])
    guest = machine.boot(kept, f"ratio-{release}", size, owned=True)
    try:
        folder = checkout.put(guest)
        _run(guest, folder, say)  # not counted: Python packages, host images, Pulumi's plugins
        rows = []
        for number in range(pairs or PAIRS[accel.is_kvm()]):
            order = list(VERSIONS) if number % 2 == 0 else list(reversed(VERSIONS))
            row = {}
            for version in order:
                guest = machine.restart(guest, kept, size, arguments=VERSIONS[version])
                found = guest.run("stat -fc %T /sys/fs/cgroup").stdout.strip()
                if found != FILE_SYSTEM[version]:
                    raise RuntimeError(f"booted for {version}, but /sys/fs/cgroup is {found}")
                row[version] = _run(guest, folder, say)
                say(f"pair {number + 1}, {version}: {row[version]:.1f} s")
            rows.append((row["v2"], row["v1"]))
    finally:
        guest.stop()
    return render(rows)


def _run(guest: machine.VirtualMachine, folder: str, say: Callable[[str], None]) -> float:
    """`up` from a stopped lab, and `down`: the seconds of the steps that count."""
    blueprint = trial.blueprint()
    options = f" --blueprint {blueprint}" if blueprint else ""
    hours = trial.HOURS[accel.is_kvm()]
    done = guest.run(f"cd {folder} && scripts/up{options} --lang en 2>&1", seconds=hours * 3600)
    guest.run(f"cd {folder} && .venv/bin/lantu down{options} --lang en 2>&1", seconds=hours * 3600)
    told = progress.read(done.stdout)
    if not told.complete:
        raise RuntimeError(f"`up` told {len(told.steps)} of {told.total} steps")
    say(f"steps {FIRST} to {told.total}: {told.seconds(FIRST, told.total):.1f} s")
    return told.seconds(FIRST, told.total)


def render(rows: Sequence[tuple[float, float]]) -> str:
    """A table of all pairs and the median of their ratios, beside the target."""
    ratios = [v2 / v1 for v2, v1 in rows]
    lines = [f"{number:4}  {v2:8.1f}  {v1:8.1f}  {v2 / v1:5.2f}" for number, (v2, v1) in enumerate(rows, 1)]
    evaluated = "" if accel.is_kvm() else " (emulated: only printed)"
    return "\n".join(
        [
            "pair      v2, s     v1, s  ratio",
            *lines,
            f"median {statistics.median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}; "
            f"target <= {TARGET}{evaluated}",
        ]
    )
