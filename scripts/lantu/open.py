"""`lantu open portal`: a loopback port of this machine that leads to the portal by way of the operator."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

import typer
from lab import namespaces

from inventory.blueprint import Blueprint
from inventory.model.hosts import Host, HostKind
from lantu.console import Exit, Format, Lang, leave, say
from lantu.context import context, never_built
from lantu.inside import socket_inside
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Estate, Lab, Language, Site

HTTPS = 443


def open_(
    what: Annotated[str, typer.Argument(help="portal. 门户")] = "portal",
    port: Annotated[int, typer.Option(help="Loopback port of this machine; any free one where 0. 本机端口")] = 8443,
    estate: Estate = None, site: Site = DEFAULT_SITE, lab: Lab = DEFAULT_LAB, lang: Language = DEFAULT_LANG,
) -> None:
    """Open the portal to this machine's own browser, through the operator's vantage point. 打开门户

    Runs until interrupted. Exit status: 0 ended by you, 2 unknown name, 4 wrong blueprint or no such lab.

    Example:

        lantu open portal --port 8443
    """
    seen = context(estate, site, lab, lang, Format.TEXT)
    if what != "portal":
        say(f"只能打开 portal，不能打开 {what}" if lang is Lang.ZH else f"only `portal` can be opened, not {what}")
        leave(Exit.USAGE)
    portal = the_portal(seen.blueprint.realised)
    namespace = seen.seats[0].operator_namespace
    if not namespaces.exists(namespace):
        never_built(lab, lang)
    address = str(seen.blueprint.addresses(portal, seen.blueprint.working_legs(portal)[0]).ipv4)
    with suppress(KeyboardInterrupt):
        asyncio.run(forward(namespace, address, port, lambda chosen: say(f"https://localhost:{chosen}/")))


def the_portal(part: Blueprint) -> Host:
    return next(one for one in part.hosts if one.kind is HostKind.PORTAL)


async def forward(namespace: str, address: str, port: int, ready: Callable[[int], None]) -> None:
    """Takes connections on loopback and carries each over a socket that was made inside the operator's namespace."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(sock=await connected(namespace, address))
        except OSError as mistake:
            say(f"portal: {mistake}")
            writer.close()
            return
        await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer))

    server = await asyncio.start_server(carry, "127.0.0.1", port)
    ready(server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()


async def connected(namespace: str, address: str) -> socket.socket:
    """A connection to the portal from the operator's place."""
    made = socket_inside(namespace)
    made.setblocking(False)
    await asyncio.wait_for(asyncio.get_running_loop().sock_connect(made, (address, HTTPS)), 10)
    return made


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
