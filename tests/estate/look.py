"""A browser's first steps, as one JSON document: TLS, both languages, the redirect. Runs where a vantage point stands.

Argument: a JSON object with `addresses`, `names`, `stranger` (a name that the site does not have) and `authority` (path
of the certificate to trust).
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import sys
from typing import Any

SECONDS = 10


def main() -> None:
    asked = json.loads(sys.argv[1])
    trust = ssl.create_default_context(cafile=asked["authority"])
    trust.verify_flags |= ssl.VERIFY_X509_STRICT
    seen = [
        {"address": address, "name": name, **pages(address, name, trust), "redirect": redirect(address, name)}
        for address in asked["addresses"]
        for name in asked["names"]
    ]
    strangers = {address: handshake(address, asked["stranger"], trust) for address in asked["addresses"]}
    past = outdated(asked["authority"])
    old = {address: handshake(address, asked["names"][0], past) for address in asked["addresses"]}
    json.dump({"seen": seen, "strangers": strangers, "old": old}, sys.stdout)


def pages(address: str, name: str, trust: ssl.SSLContext) -> dict[str, Any]:
    """Both languages over verified TLS."""
    found: dict[str, Any] = {}
    for path in ("/", "/en/", "/style.css", "/absent"):
        with tls(address, name, trust) as line:
            found[path] = get(line, name, path)
            found["protocol"] = line.version()
    return found


def redirect(address: str, name: str) -> dict[str, Any]:
    with socket.create_connection((address, 80), timeout=SECONDS) as line:
        return get(line, name, "/en/?from=80")


def get(line: socket.socket, name: str, path: str) -> dict[str, Any]:
    line.sendall(f"GET {path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
    answer = http.client.HTTPResponse(line)
    answer.begin()
    headers = {key.lower(): value for key, value in answer.getheaders()}
    return {"status": answer.status, "headers": headers, "text": answer.read().decode()}


def handshake(address: str, name: str, trust: ssl.SSLContext) -> str:
    """`made`, or why not."""
    try:
        with tls(address, name, trust):
            return "made"
    except ssl.SSLError as refused:
        return refused.reason or str(refused)


def outdated(authority: str) -> ssl.SSLContext:
    """A client that knows TLS 1.1 at best, and would take any cipher for it."""
    old = ssl.create_default_context(cafile=authority)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    return old


def tls(address: str, name: str, trust: ssl.SSLContext) -> ssl.SSLSocket:
    return trust.wrap_socket(socket.create_connection((address, 443), timeout=SECONDS), server_hostname=name)


main()
