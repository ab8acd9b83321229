"""A bucket that fails: an S3 API server behind a proxy that answers 503, resets connections and cuts answers short.

Belongs here: the server, the proxy and how often it does what. Does not belong here: what a refresh makes of it
(`faults`).
"""

import http.client
import logging
import random
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.measure import Skipped

BUCKET = "company"


@dataclass
class Misbehaviour:
    """Shares of requests that go wrong: 503, a reset before the request is passed on, one after it, an answer cut."""

    busy: float = 0.0
    reset: float = 0.0
    reset_after: float = 0.0
    cut: float = 0.0
    seed: int = 7
    done: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._draw, self._lock = random.Random(self.seed), threading.Lock()

    def next(self, method: str) -> str:
        """What happens to a request; "" for nothing."""
        shares = {"busy": self.busy, "reset": self.reset}
        shares |= {"reset_after": self.reset_after} if method in ("PUT", "POST") else {}
        shares |= {"cut": self.cut} if method == "GET" else {}
        with self._lock:
            at = self._draw.random()
            for name, share in shares.items():
                if at < share:
                    self.done[name] = self.done.get(name, 0) + 1
                    return name
                at -= share
        return ""


@contextmanager
def failing_bucket(how: Misbehaviour) -> Iterator[dict[str, str]]:
    """An empty bucket behind the proxy; gives the environment that leads there. Raises Skipped without moto."""
    try:
        from moto.server import ThreadedMotoServer
    except ImportError as absent:
        raise Skipped("an S3 API server (moto) is not installed") from absent
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it tells of every request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), _handler(host, int(port), how))
    proxy.daemon_threads = True
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    connection = http.client.HTTPConnection(host, int(port))
    connection.request("PUT", f"/{BUCKET}")
    connection.getresponse().read()
    try:
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.server_address[1]}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
        }
    finally:
        proxy.shutdown()
        proxy.server_close()
        server.stop()


def _handler(host: str, port: int, how: Misbehaviour) -> type[BaseHTTPRequestHandler]:
    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(ConnectionError):  # who asked has gone
                super().handle()

        def _pass_on(self) -> None:
            fault = how.next(self.command)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if fault == "busy":
                self._answer(503, b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>")
                return
            if fault == "reset":
                self._reset()
                return
            connection = http.client.HTTPConnection(host, port, timeout=60)
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            if fault == "reset_after":
                self._reset()
                return
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "content-length", "date", "server"):
                    self.send_header(name, value)
            length = answer.getheader("Content-Length") if self.command == "HEAD" else None
            self.send_header("Content-Length", length or str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content[: len(content) // 2] if fault == "cut" else content)
            if fault == "cut":
                self._reset()

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass_on

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(0 if self.command == "HEAD" else len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def _reset(self) -> None:
            """Closes the connection as a machine does that is gone."""
            self.close_connection = True
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return Proxy
