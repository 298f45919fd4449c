"""Requests the portal like a browser and prints one JSON document: TLS, both languages, the redirect.

Runs at a vantage point. Argument: a JSON object with `addresses`, `names`, `unknown_name` (a name that the portal does
not have) and `authority` (path of the certificate to trust).
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
    request = json.loads(sys.argv[1])
    trust = ssl.create_default_context(cafile=request["authority"])
    trust.verify_flags |= ssl.VERIFY_X509_STRICT
    responses = [
        {"address": address, "name": name, **pages(address, name, trust), "redirect": redirect(address, name)}
        for address in request["addresses"]
        for name in request["names"]
    ]
    unknown = {address: handshake(address, request["unknown_name"], trust) for address in request["addresses"]}
    outdated_client = outdated(request["authority"])
    old = {address: handshake(address, request["names"][0], outdated_client) for address in request["addresses"]}
    json.dump({"responses": responses, "unknown": unknown, "old": old}, sys.stdout)


def pages(address: str, name: str, trust: ssl.SSLContext) -> dict[str, Any]:
    """Both languages over verified TLS."""
    responses: dict[str, Any] = {}
    for path in ("/", "/en/", "/style.css", "/absent"):
        with tls(address, name, trust) as line:
            responses[path] = get(line, name, path)
            responses["protocol"] = line.version()
    return responses


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
    """`connected`, or the reason of the failure."""
    try:
        with tls(address, name, trust):
            return "connected"
    except ssl.SSLError as error:
        return error.reason or str(error)


def outdated(authority: str) -> ssl.SSLContext:
    """A client with TLS 1.1 at most, and any cipher."""
    old = ssl.create_default_context(cafile=authority)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    return old


def tls(address: str, name: str, trust: ssl.SSLContext) -> ssl.SSLSocket:
    return trust.wrap_socket(socket.create_connection((address, 443), timeout=SECONDS), server_hostname=name)


main()
