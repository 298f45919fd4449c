"""Resources that exist only in Pulumi's state: created once, then never lost by a release.

A dynamic provider is stored in the state with every resource, as a reference to its class. If that reference or the
inputs change, Pulumi updates the resource, and the SDK's own `update` returns nothing: the key would be gone. Here the
stored reference is `provider(NAME)`, which survives renamed and moved classes; only declared inputs count as a
change; and an update keeps every output.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

from pulumi.dynamic import DiffResult, ResourceProvider, UpdateResult

PROVIDERS = {"ssh-key": "infra.keys:KeyMaker", "token": "infra.keys:TokenMaker"}
"""Name in the state -> module and class today. Names are permanent; what they point to may change."""
STORED = "__provider"
"""Where the SDK stores the reference, among inputs and outputs."""


def provider(name: str) -> ResourceProvider:
    """The provider that a state names. Every stored state calls this function by its path: never rename or move it."""
    module, cls = PROVIDERS[name].split(":")
    return getattr(import_module(module), cls)()  # type: ignore[no-any-return]  # a class found by its name


class KeptProvider(ResourceProvider):
    """Base of providers whose outputs cannot be made again."""

    name: ClassVar[str]
    """Key of PROVIDERS."""
    inputs: ClassVar[tuple[str, ...]] = ("owner",)
    """Inputs whose change is a change of the resource; the outputs stay even then."""

    def __reduce__(self) -> tuple[Any, ...]:
        return provider, (self.name,)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """A change of the stored reference counts too: the update rewrites it, so that an old one never has to load."""
        return DiffResult(changes=any(olds.get(name) != news.get(name) for name in (*self.inputs, STORED)))

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Every output as it was, with the new values of the declared inputs."""
        return UpdateResult({**olds, **{name: news[name] for name in self.inputs}})
