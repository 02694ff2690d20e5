"""A webhook as a real HTTP server, which answers well or in every wrong way."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

__all__ = ("Exchange", "Hook")


class Exchange:
    """One request: what was asked, and the ways to answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self.path = handler.path
        self.headers = dict(handler.headers)
        self.body = body
        self.port = handler.client_address[1]
        self._handler = handler

    @property
    def question(self) -> Any:
        return json.loads(self.body)

    @property
    def interaction(self) -> Any:
        return self.question["interaction"]

    def say(self, answer: object, status: int = 200, **headers: str) -> None:
        self.raw(json.dumps(answer).encode(), status, **headers)

    def raw(self, data: bytes, status: int = 200, **headers: str) -> None:
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name, value)
        self._handler.send_header("Content-Length", str(len(data)))
        self._handler.end_headers()
        self._handler.wfile.write(data)

    def drip(self, data: bytes, pause: Callable[[], object]) -> None:
        """One byte at a time, so that no single read takes long."""
        self._handler.send_response(200)
        self._handler.send_header("Content-Length", str(len(data)))
        self._handler.end_headers()
        for byte in data:
            self._handler.wfile.write(bytes([byte]))
            pause()

    def hang_up(self) -> None:
        self._handler.close_connection = True
        self._handler.connection.close()


class Hook:
    """Serves ``answer`` on a port of this machine, and remembers what it was asked."""

    def __init__(
        self, answer: Callable[[Exchange], object], tls: ssl.SSLContext | None = None
    ) -> None:
        self.answer = answer
        self.asked: list[Exchange] = []
        self.released = threading.Event()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                exchange = Exchange(self, self.rfile.read(length))
                hook.asked.append(exchange)
                try:
                    hook.answer(exchange)
                except OSError:  # whoever asked has gone
                    self.close_connection = True

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: object, client_address: object) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self._scheme = "http"
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    @property
    def url(self) -> str:
        return f"{self._scheme}://localhost:{self.port}/route?v=2"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
