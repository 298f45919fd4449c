"""Deployment: supported resource types, state backends, connections to engines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.gate.core.context import LAB, Context
from policies.gate.core.rule import BUILT, number, rule
from policies.gate.core.violation import Violation
from policies.gate.model import Backend, Plugin, Provider, UnsupportedResource

CREDENTIALS = re.compile(r"://[^/@\s]*@")


@rule("MACH-001", over="others", views=("planned",))
def not_judgeable(other: UnsupportedResource, context: Context) -> Iterator[Violation]:
    """A resource of a type that no rule reads could create anything, including networks."""
    yield {"resource": other.id, "type": other.type}


@rule("MACH-002", over="backends", views=("planned",))
def state_elsewhere(backend: Backend, context: Context) -> Iterator[Violation]:
    """A lab's state is in its location's directory; a production site's in a database or object store."""
    if context.declared.site_kind == LAB:
        own = f"file://{context.declared.state}/{backend.location}/"
        good, expected = backend.url.startswith(own), [own]
    else:
        expected = number("MACH-002", "stores")
        good = any(backend.url.startswith(item) for item in expected)
    if not good:
        yield {"url": CREDENTIALS.sub("://", backend.url), "location": backend.location, "expected": expected}


@rule("MACH-003", over="providers", views=("planned",))
def engine_in_the_clear(provider: Provider, context: Context) -> Iterator[Violation]:
    """An engine on TCP without certificates accepts commands from any client."""
    if re.match(r"(tcp|http)://", provider.host) and not provider.secured:
        yield {"provider": provider.id, "host": provider.host}


@rule("MACH-004", over="providers", views=("planned",), alone=False)
def one_credential_for_two(provider: Provider, context: Context) -> Iterator[Violation]:
    """A stolen key of one engine would give access to both."""
    for other in context.snapshot.providers:
        same = provider.credential and other.credential == provider.credential
        if same and other.host != provider.host:
            yield {"provider": provider.id, "other": other.id, "host": provider.host, "other_host": other.host}


@rule("MACH-005", over="plugins", views=BUILT)
def plug_in(plugin: Plugin, context: Context) -> Iterator[Violation]:
    """A plug-in runs as root and can provide networks or volumes."""
    if plugin.name not in number("MACH-005", "plugins"):
        yield {"plugin": plugin.name, "engine": plugin.engine}
