"""A little OpenID provider over HTTP, with its own keys; and tokens as anybody may forge them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

__all__ = ("KEYS", "Provider", "forged", "jwk_of", "pem_of")

AUDIENCE = "onequeue"
KEYS: dict[str, Any] = {
    "RS256": rsa.generate_private_key(65_537, 2_048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


class Provider:
    """Serves discovery and keys until :meth:`close`; ``requests`` are the paths that were asked."""

    def __init__(self) -> None:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.requests.append(self.path)
                time.sleep(provider.delay_s)
                status, headers, body = provider.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.requests: list[str] = []
        self.delay_s = 0.0
        self.keys: dict[str, Any] = {}
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.reset()

    def reset(self) -> None:
        """As at the beginning: one key of each kind."""
        self.requests.clear()
        self.delay_s = 0.0
        self.answers.clear()
        self.keys = {f"{name}-1": (name, key) for name, key in KEYS.items()}

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            found: Any = {"issuer": self.url, "jwks_uri": self.url + "/keys"}
        elif path == "/keys":
            found = {"keys": [jwk_of(kid, *held) for kid, held in self.keys.items()]}
        else:
            return 404, {}, b""
        return 200, {"Content-Type": "application/json"}, json.dumps(found).encode()

    def token(self, now_s: float, *, kid: str | None = "RS256-1", **claims: Any) -> str:
        """A token that is signed with one of the keys; None takes a claim away."""
        all_claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "alice",
            "exp": int(now_s) + 600,
            "org": "sales",
            "roles": ["lead"],
        } | claims
        algorithm, key = self.keys[kid] if kid else next(iter(self.keys.values()))
        return jwt.encode(
            {name: value for name, value in all_claims.items() if value is not None},
            key,
            algorithm,
            headers={"kid": kid} if kid else None,
        )

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def jwk_of(kid: str, algorithm: str, key: Any) -> dict[str, Any]:
    made = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return {**made, "kid": kid, "use": "sig", "alg": algorithm, "key_ops": ["verify"]}


def pem_of(key: Any) -> bytes:
    pem: bytes = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem


def forged(header: dict[str, Any], claims: bytes, secret: bytes = b"") -> str:
    """A token as an attacker writes it: any header, any bytes; with a secret, HMAC-signed."""
    signed = _url64(json.dumps(header).encode()) + b"." + _url64(claims)
    signature = hmac.digest(secret, signed, hashlib.sha256) if secret else b""
    return (signed + b"." + _url64(signature)).decode()


def _url64(octets: bytes) -> bytes:
    return base64.urlsafe_b64encode(octets).rstrip(b"=")
