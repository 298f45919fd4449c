"""A loopback port of this machine that relays the portal, as its operator sees it."""

from __future__ import annotations

import http.client
import ssl
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from lab import namespaces

from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host, HostKind
from lantu.console import Exit, leave, say
from lantu.context import LabContext, never_built
from lantu.namespace_socket import socket_inside

HTTPS = 443
SECONDS = 10
KEPT = ("Content-Type", "Content-Language", "Content-Security-Policy", "Last-Modified", "ETag", "Location")
"""Headers that are relayed to the browser; headers about the connection are not."""


def relay(context: LabContext, port: int) -> None:
    """Serve until interrupted. Ends the subcommand if there is no such lab or the port is in use."""
    workspace = context.workspaces[0]
    authority = workspace.lab.state / "ca" / "ca.crt"
    if not namespaces.exists(workspace.operator_namespace) or not authority.exists():
        never_built(context.lab.name, context.lang)
    portal = the_portal(context.blueprint.deployed_subset)
    address = str(context.blueprint.addresses(portal, context.blueprint.working_interfaces(portal)[0]).ipv4)
    origin = Origin(workspace.operator_namespace, address, context.blueprint.district.domain, authority)
    try:
        server = Server(("127.0.0.1", port), origin)
    except OSError as error:
        say(f"127.0.0.1:{port}: {error.strerror}")
        leave(Exit.NOT_EVALUATED)
    say(f"http://localhost:{server.server_port}/  (Ctrl-C)")
    with suppress(KeyboardInterrupt):
        server.serve_forever()


def the_portal(part: Blueprint) -> Host:
    return next(host for host in part.hosts if host.kind is HostKind.PORTAL)


class Origin:
    """The portal: network namespace to connect from, address, name, and certificate authority."""

    def __init__(self, namespace: str, address: str, name: str, authority: Path) -> None:
        self.namespace, self.address, self.name = namespace, address, name
        self.trust = ssl.create_default_context(cafile=str(authority))

    def get(self, path: str, method: str, language: str) -> tuple[http.client.HTTPResponse, bytes]:
        """One response of the portal. OSError if it does not respond or its certificate is wrong."""
        connected = socket_inside(self.namespace)
        connected.settimeout(SECONDS)
        connected.connect((self.address, HTTPS))
        connection = http.client.HTTPConnection(self.name)
        connection.sock = self.trust.wrap_socket(connected, server_hostname=self.name)
        try:
            connection.request(method, path, headers={"Accept-Language": language, "Connection": "close"})
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], origin: Origin) -> None:
        super().__init__(address, Relay)
        self.origin = origin


class Relay(BaseHTTPRequestHandler):
    """Relays requests to the portal."""

    server: Server

    def do_GET(self) -> None:  # http.server's own name
        language = self.headers.get("Accept-Language", "zh")
        try:
            response, body = self.server.origin.get(self.path, self.command, language)
        except OSError as error:
            self.send_error(502, "portal", str(error))
            return
        self.send_response(response.status)
        for name in KEPT:
            if value := response.headers.get(name):
                self.send_header(name, value.replace(f"https://{self.server.origin.name}", ""))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Logs nothing: what a person reads is private."""
