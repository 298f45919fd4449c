"""AppArmor profiles of hosts: loaded with the first lab, removed with the last one.

If `docker-default` was loaded before the first lab, it is kept. On a machine where AppArmor is missing or disabled,
no profile is loaded; capabilities, device rules and namespaces alone confine the hosts.
"""

from __future__ import annotations

from pathlib import Path

from lab.commands import run
from lab.locks import held
from lab.paths import run_root

PROFILES = Path(__file__).parent / "profiles"
NAMES = ("lantu-host", "lantu-node")
"""Each profile is the file of that name in PROFILES."""
ENABLED = Path("/sys/module/apparmor/parameters/enabled")
LOADED = Path("/sys/kernel/security/apparmor/profiles")
ENGINES_OWN = "docker-default"
"""Every engine loads this profile if it is missing, and no engine removes it."""


def enabled(flag: Path = ENABLED) -> bool:
    """Whether this kernel confines processes by AppArmor."""
    return flag.exists() and flag.read_text().strip() == "Y"


def loaded() -> dict[str, str]:
    """Profile -> mode, for all profiles that are loaded in the kernel."""
    rows = (line.rpartition(" ") for line in LOADED.read_text().splitlines())
    return {name: mode.strip("()") for name, _, mode in rows}


def load() -> None:
    """Load the profiles of this checkout. Can be repeated; new text applies to running hosts at once."""
    if not enabled():
        return
    with held(_lock()):
        if ENGINES_OWN not in loaded() and not _mark().exists():
            _mark().touch()  # the next engine loads the profile when it starts
        for name in NAMES:
            run(["apparmor_parser", "--replace", "--skip-cache", str(PROFILES / name)])


def unload() -> None:
    """Remove the profiles that `load` and lab engines loaded, if no engine or process uses them.

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
    """Profiles that confine at least one running process."""
    return {_profile(process) for process in proc.glob("[0-9]*")} - {""}


def _profile(process: Path) -> str:
    """The profile of a process; empty if it is unconfined."""
    try:
        return (process / "attr/current").read_text().strip(" \n\0").rpartition(" (")[0]
    except OSError:  # the process has ended
        return ""


def _lock() -> Path:
    return run_root() / "apparmor.lock"


def _mark() -> Path:
    """This file exists if `docker-default` was not loaded before the machine's first lab started."""
    return run_root() / "docker-default-loaded-here"
