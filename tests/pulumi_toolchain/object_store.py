"""An S3-compatible object store in memory, on loopback: as much of it as Pulumi's state needs."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class Handler(BaseHTTPRequestHandler):
    """Path style: /BUCKET/KEY. Signatures are not looked at."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]

    def do_PUT(self) -> None:
        length = int(self.headers.get("x-amz-decoded-content-length") or self.headers.get("Content-Length") or 0)
        body = self.chunks() if "aws-chunked" in self.headers.get("Content-Encoding", "") else self.rfile.read(length)
        source = self.headers.get("x-amz-copy-source")
        self.objects[self.key()] = self.objects[unquote(source).split("/", 1)[1]] if source else body
        self.answer(200, b"<CopyObjectResult/>" if source else b"")

    def chunks(self) -> bytes:
        """Amazon's own framing: a size in hexadecimal, the bytes, and so on; a last size of 0; trailers."""
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def do_GET(self) -> None:
        if self.key():
            found = self.objects.get(self.key())
            self.answer(404 if found is None else 200, found or b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self.answer(200, self.listing().encode())

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.objects.pop(self.key(), None)
        self.answer(204, b"")

    def listing(self) -> str:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        prefix, parts = asked.get("prefix", ""), asked.get("delimiter")
        names, folders = [], set()
        for key in sorted(key for key in self.objects if key.startswith(prefix)):
            head, found, _ = key[len(prefix) :].partition(parts) if parts else (key, "", "")
            if found:
                folders.add(f"{prefix}{head}{parts}")
            else:
                names.append(key)
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.objects[key])}</Size>"
            "<LastModified>2026-11-30T00:00:00.000Z</LastModified><ETag>x</ETag></Contents>"
            for key in names
        )
        common = "".join(
            f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in sorted(folders)
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}{common}</ListBucketResult>"

    def key(self) -> str:
        return unquote(urlsplit(self.path).path).lstrip("/").partition("/")[2]

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/xml")
        self.send_header("Last-Modified", "Mon, 30 Nov 2026 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the test looks at the objects."""


@contextlib.contextmanager
def object_store() -> Iterator[tuple[int, dict[str, bytes]]]:
    """Its port and its objects by key."""
    objects: dict[str, bytes] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {"objects": objects}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, objects
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
