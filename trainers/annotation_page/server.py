"""The web server of the page: reads requests, checks them, and writes answers."""

import errno
import http.server
import json
import socket
import socketserver
import sys
import traceback
import urllib.parse
from http import HTTPStatus
from typing import Any

from tf_rloss import data
from tf_rloss.data.image_files import FileError

from ..errors import UserError
from .guard import HEADERS, Guard, RefusedError
from .routes import Answer, NotFoundError, Routes
from .scribbles import ConflictError

LARGEST_BODY = 8 << 20
"""Bytes of the longest request."""
TIMEOUT = 60
"""Seconds that a connection may be silent."""


class Server(http.server.ThreadingHTTPServer):
    """A server of one folder.

    Args:
        host: address to listen at.
        port: port to listen at; 0 takes a free one.
        routes: the answers.

    Raises:
        UserError: if the address cannot be used.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: str, port: int, routes: Routes):
        self.routes = routes
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            advice = (
                " --port=0 takes a free one." if error.errno == errno.EADDRINUSE else ""
            )
            raise UserError(
                f"Cannot listen at --host={host} --port={port}: "
                f"{error.strerror or error}.{advice}"
            ) from error
        self.guard = Guard(host, self.server_address[1])

    def server_bind(self) -> None:
        # HTTPServer's own would ask the network for the name of this machine.
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Prints errors, but for those of a browser that went away."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            traceback.print_exc()


class _Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "tf_rloss", ""
    disable_nagle_algorithm = True
    timeout = TIMEOUT

    def do_GET(self) -> None:
        self._answer(changes=False)

    def do_POST(self) -> None:
        self._answer(changes=True)

    def _answer(self, *, changes: bool) -> None:
        guard = self.server.guard
        try:
            url = urllib.parse.urlsplit(self.path)
            query = dict(urllib.parse.parse_qsl(url.query, max_num_fields=10))
            raw = [part for part in url.path.split("/") if part]
            parts = tuple(map(urllib.parse.unquote, raw))
            guard.check_host(self.headers)
            guard.check_origin(self.headers, changes=changes)
            opens = not changes and not parts and guard.knows(query.get("token", ""))
            if not opens:
                guard.check_cookie(self.headers)
            routes = self.server.routes
            if changes:
                answer = routes.post(parts, self._read_object())
            else:
                self._refuse_body()
                answer = routes.get(parts, query)
            self._send(answer, {"Set-Cookie": guard.set_cookie} if opens else {})
        except Exception as error:
            status, value = _failure(error)
            if status == HTTPStatus.INTERNAL_SERVER_ERROR:
                traceback.print_exc()
            # What the request still holds is not read.
            self.close_connection = True
            body = Answer(json.dumps(value).encode(), "application/json")
            self._send(body, {"Connection": "close"}, status)

    def _refuse_body(self) -> None:
        """Raises ValueError if a request has a body that nobody reads."""
        if "Transfer-Encoding" in self.headers or "Content-Length" in self.headers:
            raise ValueError("the request must have no body")

    def _read_object(self) -> dict[str, Any]:
        """Reads the JSON object that was sent.

        Raises:
            ValueError: if it is none, or too long.
        """
        if self.headers.get_content_type() != "application/json":
            raise ValueError("the body must be application/json")
        length = self.headers.get("Content-Length") or ""
        if not length.isdecimal() or len(length) > 9 or int(length) > LARGEST_BODY:
            raise ValueError(f"the body must have at most {LARGEST_BODY} bytes")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ValueError("the body is shorter than it says")
        try:
            value = json.loads(body)
        except RecursionError as error:
            raise ValueError("the body is nested too deeply") from error
        if not isinstance(value, dict):
            raise ValueError("the body must be a JSON object")
        return value

    def _send(
        self,
        answer: Answer,
        headers: dict[str, str],
        status: HTTPStatus = HTTPStatus.OK,
    ) -> None:
        self.send_response(status)
        keeping = "private, max-age=3600" if answer.lasting else "no-store"
        for name, value in {
            **HEADERS,
            "Content-Type": answer.kind,
            "Content-Length": str(len(answer.body)),
            "Cache-Control": keeping,
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *args: Any) -> None:
        """Keeps the terminal free."""


def _failure(error: Exception) -> tuple[HTTPStatus, dict[str, Any]]:
    """Returns status and content of the answer to a request that failed."""
    if isinstance(error, RefusedError):
        return HTTPStatus.FORBIDDEN, {"error": str(error)}
    if isinstance(error, NotFoundError | FileNotFoundError):
        return HTTPStatus.NOT_FOUND, {"error": str(error)}
    if isinstance(error, ConflictError):
        found = {"version": error.version, "reason": error.reason}
        return HTTPStatus.CONFLICT, {"error": "The strokes have changed.", **found}
    if isinstance(error, FileError | data.DataError | UserError):
        return HTTPStatus.UNPROCESSABLE_ENTITY, {"error": str(error)}
    if isinstance(error, ValueError):
        return HTTPStatus.BAD_REQUEST, {"error": str(error)}
    if isinstance(error, OSError):
        message = f"{error.strerror or error}: nothing was saved."
        return HTTPStatus.INSUFFICIENT_STORAGE, {"error": message}
    return HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "The server has a fault."}
