"""Take a lab down: remove what was created for it and nothing else, then check that nothing is left."""

from __future__ import annotations

from lab import cgroups, engine, mounts, namespaces, processes
from lab.errors import Say, silent
from lab.paths import NAME, Lab, LabLocation


def locations(lab: Lab) -> list[LabLocation]:
    """Every location that this lab has started to build, in any state."""
    traces = [path.parent.name for path in (*lab.run.glob("*/daemon.json"), *lab.state.glob("*/engine"))]
    traces += [name.removeprefix(lab.prefix) for name in cgroups.named(lab.prefix).values()]
    return [lab.location(name) for name in sorted(set(traces)) if NAME.fullmatch(name)]


def remove(lab: Lab, *, say: Say = silent) -> None:
    """Remove the lab's engines with all their data, its namespaces, control groups and files. Can be repeated."""
    engines = locations(lab)
    for name in namespaces.named(
        lab.prefix
    ):  # remove vantage points first: their peer interfaces are in the engines' namespaces
        if name not in {location.namespace for location in engines}:
            namespaces.remove(name)
    for location in engines:
        engine.remove(location, say=say)
    for name in namespaces.named(lab.prefix):
        namespaces.remove(name)


def leftovers(lab: Lab) -> list[str]:
    """What is left of this lab, one line each. Other programs' files in its folders do not count."""
    engines = locations(lab)
    return [
        *(f"process {it.pid} {it.argv[0]}" for location in engines for it in processes.of_location(location)),
        *(f"mount {point}" for folder in (lab.run, lab.state) for point in mounts.below(folder)),
        *(f"namespace {name}" for name in namespaces.named(lab.prefix)),
        *(f"control group {folder}" for folder in cgroups.named(lab.prefix)),
        *(f"folder {path}" for location in engines for path in (location.run, location.data_root) if path.exists()),
    ]
