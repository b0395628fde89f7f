"""Who may ask the server: the page that was opened by the secret address, alone.

Other web pages in the same browser are kept out. They do not know the secret; the
cookie that holds it is not sent along with their requests; and a name of theirs that
is made to lead to this machine is no host that the server answers to.
"""

import hmac
import http.client
import http.cookies
import ipaddress
import secrets
import socket
from collections.abc import Mapping

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
"""Headers of every answer."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class RefusedError(Exception):
    """A request that is not answered; the message says why."""


class Guard:
    """The secret of a server, and its checks.

    Args:
        host: address that the server listens at.
        port: its port.
    """

    def __init__(self, host: str, port: int):
        self.token = secrets.token_urlsafe(24)
        self._host, self._port = host, port
        # Cookies are shared by all ports of a machine.
        self._cookie = f"tf_rloss_annotate_{port}"

    @property
    def address(self) -> str:
        """The address of the page, with the secret."""
        host = socket.gethostname() if _is_any(self._host) else self._host
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self._port}/?token={self.token}"

    @property
    def set_cookie(self) -> str:
        """Value of the header Set-Cookie that lets the page ask for more."""
        return f"{self._cookie}={self.token}; Path=/; HttpOnly; SameSite=Strict"

    def check_host(self, headers: Mapping[str, str]) -> None:
        """Raises RefusedError if a request is for another name than this server's."""
        host = (headers.get("Host") or "").lower()
        name = host.removesuffix(f":{self._port}")
        # Browsers leave out the usual port.
        has_port = name != host or self._port == http.client.HTTP_PORT
        if not (has_port and self._is_own(name)):
            raise RefusedError("This server does not answer to that host.")

    def check_origin(self, headers: Mapping[str, str], *, changes: bool) -> None:
        """Raises RefusedError if another web page asks.

        Args:
            headers: headers of a request whose host was checked.
            changes: whether it is one that changes something. Browsers always name
                the origin of these.
        """
        origin = headers.get("Origin")
        if origin is None and not changes:
            return
        if origin != f"http://{headers.get('Host')}":
            raise RefusedError("Another web page must not use this server.")

    def check_cookie(self, headers: Mapping[str, str]) -> None:
        """Raises RefusedError if the request does not come from the opened page."""
        cookies = http.cookies.SimpleCookie()
        try:
            cookies.load(headers.get("Cookie") or "")
        except http.cookies.CookieError:
            cookies.clear()
        found = cookies.get(self._cookie)
        if found is None or not self.knows(found.value):
            raise RefusedError(
                "Open the address that trainers.annotate printed: it has a secret "
                "that this request lacks."
            )

    def knows(self, token: str) -> bool:
        """Returns whether a token is the secret, in a time that tells nothing."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def _is_own(self, name: str) -> bool:
        """Returns whether a host, without port, is this server's."""
        if _is_any(self._host):
            # Only a name can be made to lead here, an address cannot.
            known = ("localhost", socket.gethostname().lower())
            return name in known or _is_address(name)
        own = f"[{self._host}]" if ":" in self._host else self._host
        return name == own.lower() or (own in LOOPBACK and name in LOOPBACK)


def _is_any(host: str) -> bool:
    return host in ("", "0.0.0.0", "::")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
