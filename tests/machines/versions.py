"""Which versions of everything a machine had, asked in the machine itself."""

from __future__ import annotations

from tests.machines.machine import VirtualMachine

# name: a shell command that prints one line; run in the checkout
QUESTIONS = {
    "kernel": "uname -r",
    "cgroup": "case $(stat -fc %T /sys/fs/cgroup) in cgroup2fs) echo v2;; tmpfs) echo v1;; *) echo unknown;; esac",
    "AppArmor": "echo $(grep -c '(enforce)' /sys/kernel/security/apparmor/profiles) profiles enforced",
    "systemd": "systemctl --version | head -1 | cut -d' ' -f2",
    "nft": "nft --version | sed 's/nftables v//; s/ .*//'",
    "docker": "dockerd --version | sed 's/Docker version //; s/,.*//'",
    "Python": ".venv/bin/python -c 'import platform; print(platform.python_version())'",
    "ansible-core": ".venv/bin/python -c 'from importlib.metadata import version; print(version(\"ansible-core\"))'",
    "Pulumi": "$(ls -td /var/cache/lantu/engine/pulumi-*/bin/pulumi | head -1) version | sed 's/^v//'",
    "commit": "git rev-parse --short HEAD",
}


def ask(machine: VirtualMachine, folder: str) -> dict[str, str]:
    """The answer to each question, or why there is none."""
    return {name: _answer(machine, folder, question) for name, question in QUESTIONS.items()}


def _answer(machine: VirtualMachine, folder: str, question: str) -> str:
    done = machine.run(f"cd {folder} && {question}", seconds=300, check=False)
    lines = done.stdout.strip().splitlines()
    return lines[0] if done.returncode == 0 and lines else f"no answer (status {done.returncode})"
