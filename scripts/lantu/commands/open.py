"""`lantu open portal`: a loopback port of this machine that shows the portal as its operator sees it."""

from __future__ import annotations

import http.client
import ssl
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated

import typer
from lab import namespaces

from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host, HostKind
from lantu.console import Exit, Format, Lang, leave, say
from lantu.context import context, never_built
from lantu.namespace_socket import socket_inside
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Estate, Lab, Language, Site

HTTPS = 443
SECONDS = 10
KEPT = ("Content-Type", "Content-Language", "Content-Security-Policy", "Last-Modified", "ETag", "Location")
"""Headers of the portal that a browser is told; those about its connection do not hold for this one."""


def open_(
    what: Annotated[str, typer.Argument(help="portal. 门户")] = "portal",
    port: Annotated[int, typer.Option(help="Loopback port of this machine; any free one where 0. 本机端口")] = 8443,
    directory: Estate = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG,
) -> None:
    """Open the portal to this machine's own browser, through the operator's vantage point. 打开门户

    Each page is fetched over TLS from the operator's namespace, and the portal's certificate is checked against the
    place's own authority, so the browser sees it without a warning. Runs until interrupted.

    Exit status: 0 ended by you, 2 unknown name, 4 wrong blueprint or no such lab.

    Example:

        lantu open portal --port 8443
    """
    seen = context(directory, site, lab, lang, Format.TEXT)
    if what != "portal":
        say(f"只能打开 portal，不能打开 {what}" if lang is Lang.ZH else f"only `portal` can be opened, not {what}")
        leave(Exit.USAGE)
    workspace = seen.workspaces[0]
    authority = workspace.lab.state / "ca" / "ca.crt"
    if not namespaces.exists(workspace.operator_namespace) or not authority.exists():
        never_built(lab, lang)
    portal = the_portal(seen.blueprint.deployed_subset)
    address = str(seen.blueprint.addresses(portal, seen.blueprint.working_interfaces(portal)[0]).ipv4)
    way = Way(workspace.operator_namespace, address, seen.blueprint.district.domain, authority)
    try:
        server = Server(("127.0.0.1", port), way)
    except OSError as mistake:
        say(f"127.0.0.1:{port}: {mistake.strerror}")
        leave(Exit.NOT_EVALUATED)
    say(f"http://localhost:{server.server_port}/  (Ctrl-C)")
    with suppress(KeyboardInterrupt):
        server.serve_forever()


def the_portal(part: Blueprint) -> Host:
    return next(host for host in part.hosts if host.kind is HostKind.PORTAL)


class Way:
    """How to get to the portal: from which namespace, where to, by which name, and whom to believe."""

    def __init__(self, namespace: str, address: str, name: str, authority: Path) -> None:
        self.namespace, self.address, self.name = namespace, address, name
        self.trust = ssl.create_default_context(cafile=str(authority))

    def get(self, path: str, method: str, language: str) -> tuple[http.client.HTTPResponse, bytes]:
        """One answer of the portal. Raises OSError where it cannot be had, or its certificate is not its own."""
        plain = socket_inside(self.namespace)
        plain.settimeout(SECONDS)
        plain.connect((self.address, HTTPS))
        connection = http.client.HTTPConnection(self.name)
        connection.sock = self.trust.wrap_socket(plain, server_hostname=self.name)
        try:
            connection.request(method, path, headers={"Accept-Language": language, "Connection": "close"})
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, where: tuple[str, int], way: Way) -> None:
        super().__init__(where, Relay)
        self.way = way


class Relay(BaseHTTPRequestHandler):
    """Passes what a reader asks for on to the portal."""

    server: Server

    def do_GET(self) -> None:  # http.server's own name
        language = self.headers.get("Accept-Language", "zh")
        try:
            answer, body = self.server.way.get(self.path, self.command, language)
        except OSError as mistake:
            self.send_error(502, "portal", str(mistake))
            return
        self.send_response(answer.status)
        for name in KEPT:
            if value := answer.headers.get(name):
                self.send_header(name, value.replace(f"https://{self.server.way.name}", ""))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Says nothing: what is read at a portal is its reader's business."""
