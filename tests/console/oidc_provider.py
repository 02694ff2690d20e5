"""A small OpenID provider of its own process: authorization code with PKCE, one client.

``python -m tests.console.oidc_provider LIFETIME_S`` prints its URL, and serves until it is ended.
Whoever has said their name once is known by a cookie and not asked again. Who asks for the scope
``offline_access`` gets a refresh token, good for one time: who comes with one that was used before
loses all that came of it.
"""

from __future__ import annotations

import secrets
import socket
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

__all__ = ("AUDIENCE", "CLIENT", "ROLES", "provider_app")

AUDIENCE = "onequeue"
CLIENT = "floor-console"
ROLES = {"grace": ["lead"], "linus": ["lead", "owner"], "mallory": ["visitor"]}
"""People, and what the provider calls their roles."""

KID = "k1"

FORM = """<!doctype html><html lang="en"><title>Corp</title><link rel="icon" href="data:,">
<main><h1>Corp</h1><form method="post">
<label>Name <input name="name"></label><button>Continue</button>
</form></main>"""


class _Codes:
    """Codes that were given and not yet redeemed."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[str, dict[str, str]]] = {}

    def give(self, name: str, asked: dict[str, str]) -> str:
        code = secrets.token_urlsafe(24)
        self._asked[code] = (name, asked)
        return code

    def redeem(self, code: str) -> tuple[str, dict[str, str]]:
        if code not in self._asked:
            raise HTTPException(400, "invalid_grant")
        return self._asked.pop(code)


class _Refreshing:
    """Refresh tokens: which login each is of, and whether it was used."""

    def __init__(self) -> None:
        self._login_of: dict[str, tuple[str, str]] = {}
        self._fresh: dict[str, str] = {}

    def give(self, name: str, login: str = "") -> str:
        token, login = secrets.token_urlsafe(24), login or secrets.token_urlsafe(8)
        self._login_of[token] = (name, login)
        self._fresh[login] = token
        return token

    def use(self, token: str) -> tuple[str, str]:
        name, login = self._login_of.get(token, ("", ""))
        if not login or self._fresh.pop(login, "") != token:
            raise HTTPException(400, "invalid_grant")
        return name, login

    def end(self, token: str) -> None:
        _, login = self._login_of.get(token, ("", ""))
        self._fresh.pop(login, "")


def provider_app(url: str, lifetime_s: float) -> FastAPI:
    """The provider at a URL, whose tokens are good for so long."""
    app = FastAPI()
    key, codes = ec.generate_private_key(ec.SECP256R1()), _Codes()

    def signed(name: str, **claims: Any) -> str:
        now_s = int(time.time())
        told = {"iss": url, "sub": name, "iat": now_s, "exp": now_s + int(lifetime_s), **claims}
        return jwt.encode(told, key, "ES256", headers={"kid": KID})

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, str]:
        ends = {
            "authorization_endpoint": "/authorize",
            "token_endpoint": "/token",
            "revocation_endpoint": "/revoke",
        }
        return {"issuer": url, "jwks_uri": f"{url}/keys"} | {
            name: url + path for name, path in ends.items()
        }

    @app.get("/keys")
    async def keys() -> dict[str, Any]:
        made = jwt.get_algorithm_by_name("ES256").to_jwk(key.public_key(), as_dict=True)
        return {"keys": [{**made, "kid": KID, "use": "sig", "alg": "ES256"}]}

    @app.get("/authorize")
    async def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        if asked["client_id"] != CLIENT or asked["code_challenge_method"] != "S256":
            raise HTTPException(400, "invalid_request")
        name = request.cookies.get("corp", "")
        return _back(codes, name, asked) if name else HTMLResponse(FORM)

    @app.post("/authorize")
    async def said(request: Request, name: Annotated[str, Form()]) -> Response:
        asked = dict(request.query_params)
        if name not in ROLES:
            refused = {"error": "access_denied", "state": asked["state"]}
            return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(refused)}", 303)
        answer = _back(codes, name, asked)
        answer.set_cookie("corp", name)
        return answer

    _add_tokens(app, codes, signed, lifetime_s)
    return app


def _add_tokens(app: FastAPI, codes: _Codes, signed: Callable[..., str], lifetime_s: float) -> None:
    refreshing = _Refreshing()

    @app.post("/token")
    async def token(
        grant_type: Annotated[str, Form()],
        client_id: Annotated[str, Form()],
        code: Annotated[str, Form()] = "",
        redirect_uri: Annotated[str, Form()] = "",
        code_verifier: Annotated[str, Form()] = "",
        refresh_token: Annotated[str, Form()] = "",
    ) -> Response:
        if (grant_type, client_id) == ("refresh_token", CLIENT):
            name, login = refreshing.use(refresh_token)
            return JSONResponse(given_to(name, refresh_token=refreshing.give(name, login)))
        name, asked = codes.redeem(code)
        challenge = urlsafe_b64encode(sha256(code_verifier.encode()).digest()).decode().rstrip("=")
        given = (grant_type, client_id, redirect_uri, challenge)
        if given != ("authorization_code", CLIENT, asked["redirect_uri"], asked["code_challenge"]):
            raise HTTPException(400, "invalid_grant")
        told = given_to(name, id_token=signed(name, aud=CLIENT, nonce=asked["nonce"]))
        if "offline_access" in asked["scope"].split():
            told["refresh_token"] = refreshing.give(name)
        return JSONResponse(told)

    @app.post("/revoke")
    async def revoke(
        token: Annotated[str, Form()], client_id: Annotated[str, Form()]
    ) -> dict[str, str]:
        refreshing.end(token)
        return {}

    def given_to(name: str, **more: str) -> dict[str, Any]:
        access = signed(name, aud=AUDIENCE, roles=ROLES[name], jti=secrets.token_hex(4))
        usual = {"access_token": access, "token_type": "Bearer", "expires_in": lifetime_s}
        return {"id_token": signed(name, aud=CLIENT), **usual, **more}


def _back(codes: _Codes, name: str, asked: dict[str, str]) -> Response:
    told = {"code": codes.give(name, asked), "state": asked["state"]}
    return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(told)}", 303)


def main() -> None:
    """Serve on a free port, which is printed."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    sys.stdout.write(url + "\n")
    sys.stdout.flush()
    config = uvicorn.Config(provider_app(url, float(sys.argv[1])), log_level="warning")
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main()
