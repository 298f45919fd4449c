"""Taking a lab down: everything that was made for it and nothing else, and the proof that nothing is left."""

from __future__ import annotations

from lab import cgroups, engine, mounts, namespaces, processes
from lab.errors import Say, silent
from lab.paths import NAME, Lab, LabLocation


def places(lab: Lab) -> list[LabLocation]:
    """Every place that a run of this lab has begun to make, in whatever state it was left."""
    traces = [path.parent.name for path in (*lab.run.glob("*/daemon.json"), *lab.state.glob("*/engine"))]
    traces += [name.removeprefix(lab.prefix) for name in cgroups.named(lab.prefix).values()]
    return [lab.place(name) for name in sorted(set(traces)) if NAME.fullmatch(name)]


def remove(lab: Lab, *, say: Say = silent) -> None:
    """Remove the lab's engines with all they hold, its namespaces, control groups and files. May be repeated."""
    engines = places(lab)
    for name in namespaces.named(lab.prefix):  # the vantage points first: their legs end in the engines
        if name not in {place.namespace for place in engines}:
            namespaces.remove(name)
    for place in engines:
        engine.remove(place, say=say)
    for name in namespaces.named(lab.prefix):
        namespaces.remove(name)


def leftovers(lab: Lab) -> list[str]:
    """What is still there of this lab, one line each. What others keep in its folders is not ours to judge."""
    engines = places(lab)
    return [
        *(f"process {it.pid} {it.argv[0]}" for place in engines for it in processes.of_place(place)),
        *(f"mount {point}" for folder in (lab.run, lab.state) for point in mounts.below(folder)),
        *(f"namespace {name}" for name in namespaces.named(lab.prefix)),
        *(f"control group {folder}" for folder in cgroups.named(lab.prefix)),
        *(f"folder {path}" for place in engines for path in (place.run, place.data_root) if path.exists()),
    ]
