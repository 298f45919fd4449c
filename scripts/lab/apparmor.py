"""AppArmor profiles of hosts: loaded while a lab stands, removed with the last one. `docker-default` is not touched.

A machine without AppArmor (or with it switched off) has none of this; its hosts are confined by capabilities, device
rules and namespaces alone.
"""

from __future__ import annotations

from pathlib import Path

from lab.commands import run
from lab.locks import held
from lab.paths import run_root

PROFILES = Path(__file__).parent / "profiles"
NAMES = ("lantu-host", "lantu-node")
"""Each a file of that name in PROFILES."""
ENABLED = Path("/sys/module/apparmor/parameters/enabled")
LOADED = Path("/sys/kernel/security/apparmor/profiles")
ENGINES_OWN = "docker-default"
"""Every engine loads it where it is missing, and no engine removes it."""


def enabled(flag: Path = ENABLED) -> bool:
    """Whether this kernel confines processes by AppArmor."""
    return flag.exists() and flag.read_text().strip() == "Y"


def loaded() -> dict[str, str]:
    """Profile -> mode, of all profiles that the kernel has now."""
    rows = (line.rpartition(" ") for line in LOADED.read_text().splitlines())
    return {name: mode.strip("()") for name, _, mode in rows}


def load() -> None:
    """Load our profiles as they are in this checkout. May be repeated; hosts that run get the new text at once."""
    if not enabled():
        return
    with held(_lock()):
        if ENGINES_OWN not in loaded() and not _mark().exists():
            _mark().touch()  # the engine that starts next loads it
        for name in NAMES:
            run(["apparmor_parser", "--replace", "--skip-cache", str(PROFILES / name)])


def unload() -> None:
    """Remove what `load` and our engines brought, once no lab's engine and no process needs it.

    A profile that is removed while a process runs under it leaves that process unconfined.
    """
    if not enabled():
        return
    with held(_lock()):
        if any(run_root().glob("*/*/daemon.json")):
            return
        ours = (*NAMES, ENGINES_OWN) if _mark().exists() else NAMES
        for name in sorted((set(ours) & loaded().keys()) - in_use()):
            run(["apparmor_parser", "--remove"], stdin=f"profile {name} {{}}\n")
        _mark().unlink(missing_ok=True)


def in_use(proc: Path = Path("/proc")) -> set[str]:
    """Profiles that a process runs under now."""
    return {_profile(process) for process in proc.glob("[0-9]*")} - {""}


def _profile(process: Path) -> str:
    """Empty for a process that no profile confines."""
    try:
        return (process / "attr/current").read_text().strip(" \n\0").rpartition(" (")[0]
    except OSError:  # it has just ended
        return ""


def _lock() -> Path:
    return run_root() / "apparmor.lock"


def _mark() -> Path:
    """Says that `docker-default` was not loaded before the first lab of this machine came."""
    return run_root() / "docker-default-loaded-here"
