"""Those who receive messages: a mail server and a web server on loopback, that keep what they were sent."""

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Mailbox:
    """Mails as they came, and how the server behaves: addresses that it refuses, and what it offers."""

    port: int = 0
    raw: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(each, policy=policy.default) for each in self.raw]


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """An SMTP server without TLS."""
    box = Mailbox()

    class Session(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 here")
            for line in iter(self.rfile.readline, b""):
                command = line.decode().strip()
                box.commands.append(command)
                word = command.split(":")[0].upper()
                if word.startswith("EHLO"):
                    self.say("250-here")
                    self.say("250 8BITMIME")
                elif word == "DATA":
                    self.say("354 go on")
                    content = b"".join(iter(self.rfile.readline, b".\r\n"))
                    box.raw.append(content.replace(b"\r\n..", b"\r\n."))
                    self.say("250 taken")
                elif word == "RCPT TO" and any(each in command for each in box.refuses):
                    self.say("550 nobody of that name")
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 yes")

    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)) as port:
        box.port = port
        yield box


@dataclass
class Site:
    """Posts as they came, by path, and what is answered: a code for each path, or seconds to wait before it."""

    url: str = ""
    posts: list[tuple[str, Any]] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    waits: dict[str, float] = field(default_factory=dict)

    def of(self, path: str) -> list[Any]:
        """What came to a path, as JSON."""
        return [content for at, content in self.posts if at == path]


@contextmanager
def web_server() -> Iterator[Site]:
    """A server that takes JSON; the path `/elsewhere` is where redirects lead to."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            site.posts.append((self.path, json.loads(content)))
            time.sleep(site.waits.get(self.path, 0.0))
            code = site.codes.get(self.path, 200)
            self.send_response(code)
            if 300 <= code < 400:
                self.send_header("Location", f"{site.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        site.url = f"http://127.0.0.1:{port}"
        yield site


@contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[int]:
    server.daemon_threads = True  # type: ignore[attr-defined]
    server.block_on_close = False  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
