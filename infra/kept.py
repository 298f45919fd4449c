"""Dynamic providers of resources that exist only in Pulumi's state; a new release must not lose them.

The state stores a dynamic provider with every resource, as a reference to its class. If that reference or the inputs
change, Pulumi updates the resource, and the SDK's default `update` returns no outputs, so the key would be lost. Here
the stored reference is `provider(NAME)`, which survives renamed and moved classes; only declared inputs count as a
change; and an update keeps all outputs.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

from pulumi.dynamic import DiffResult, ResourceProvider, UpdateResult

PROVIDERS = {"ssh-key": "infra.keys:KeyMaker", "token": "infra.keys:TokenMaker"}
"""Name in the state -> module and class. Names are permanent; modules and classes may be renamed."""
STORED = "__provider"
"""Key of the stored reference in inputs and outputs."""


def provider(name: str) -> ResourceProvider:
    """The provider with that name. Stored states refer to this function by its path: never rename or move it."""
    module, cls = PROVIDERS[name].split(":")
    return getattr(import_module(module), cls)()  # type: ignore[no-any-return]  # a class by its name


class KeptProvider(ResourceProvider):
    """Base class of providers whose outputs cannot be created again."""

    name: ClassVar[str]
    """Key of PROVIDERS."""
    inputs: ClassVar[tuple[str, ...]] = ("owner",)
    """Inputs whose change updates the resource; the outputs stay."""

    def __reduce__(self) -> tuple[Any, ...]:
        return provider, (self.name,)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """A changed reference counts, too: the update rewrites it, so that old references are not loaded."""
        return DiffResult(changes=any(olds.get(name) != news.get(name) for name in (*self.inputs, STORED)))

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """All outputs unchanged, with the new values of the declared inputs."""
        return UpdateResult({**olds, **{name: news[name] for name in self.inputs}})
