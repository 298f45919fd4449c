"""One class name for one thing, over the whole tree."""

from __future__ import annotations

from collections import defaultdict

from tests.lint import tracked

SAME = {
    "ActionModule": "Ansible requires this name of every action plugin",
    "Agency": "blueprint and resource model of the gate",
    "Block": "blueprint and resource model of the gate",
    "CompensatingControl": "blueprint and resource model of the gate",
    "DataResource": "blueprint and resource model of the gate",
    "DockerEngine": "blueprint and resource model of the gate",
    "Exchange": "blueprint and resource model of the gate",
    "Flow": "blueprint and resource model of the gate",
    "Host": "blueprint and resource model of the gate",
    "Profile": "what hosts may have, in the program and in the gate, which share no code",
    "Segment": "blueprint and resource model of the gate",
    "System": "blueprint and resource model of the gate",
}
"""Names that are the same thing in two layers, or that another program fixes, and which."""

RECORDED = "tests/pulumi_toolchain/recorded/"
"""Programs of an earlier release, kept as they were."""


def test_a_class_name_means_one_thing() -> None:
    places = defaultdict(list)
    for name, path, line in tracked.classes():
        if not path.startswith(RECORDED):
            places[name].append(f"{path}:{line}")
    twice = {name: at for name, at in places.items() if len(at) > 1 and name not in SAME}
    assert not twice, "\n".join(f"{name}: {', '.join(at)}" for name, at in twice.items())


def test_each_exception_is_needed() -> None:
    names = [name for name, path, _ in tracked.classes() if not path.startswith(RECORDED)]
    assert [name for name in SAME if names.count(name) < 2] == []
