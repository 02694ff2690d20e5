"""Bearer tokens of a real provider over HTTP: who is let in, and everybody who must not be."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.identity import bearer as bearer_module
from adapters.identity import issuer_keys
from adapters.identity.bearer import VERIFIED_S, BearerTokens
from adapters.identity.errors import IssuerError, Unauthenticated
from adapters.identity.issuer_keys import FRESH_S, REFETCH_S, RETRY_S, STALE_S_MAX
from adapters.identity.issuers import Issuer
from adapters.identity.permissions import Role
from router.errors import StoreUnavailable
from tests.adapters.identity.provider import KEYS, Provider, forged, pem_of

NOW_S = 1_790_000_000.0
SETTINGS: dict[str, Any] = {
    "name": "corp",
    "audience": "onequeue",
    "tenants": ["sales", "support"],
    "tenant_claim": "org",
    "roles": {"lead": "supervisor", "phone": "agent"},
    "agent_claim": ["staff", "number"],
}


class Gate:
    """Tokens of the provider, verified by a clock that the test moves."""

    def __init__(self, provider: Provider, **settings: Any) -> None:
        self.provider = provider
        self.passed_s = 0.0
        issuer = Issuer.model_validate({"issuer": provider.url, **SETTINGS, **settings})
        self.tokens = BearerTokens(
            [issuer], lambda: NOW_S + self.passed_s, lambda: 50 + self.passed_s
        )

    def token(self, **terms: Any) -> str:
        return self.provider.token(NOW_S, **terms)

    async def refused(self, token: str) -> str:
        with pytest.raises(Unauthenticated) as caught:
            await self.tokens.verify(token)
        return caught.value.reason


@pytest.fixture(scope="module")
def running_provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def provider(running_provider: Provider) -> Provider:
    running_provider.reset()
    return running_provider


@pytest.fixture
async def gate(provider: Provider) -> AsyncIterator[Gate]:
    gate = Gate(provider)
    yield gate
    await gate.tokens.close()


@pytest.mark.parametrize("algorithm", KEYS)
async def test_a_token_shows_tenant_subject_roles_and_agent(gate: Gate, algorithm: str) -> None:
    claims = {"roles": ["lead", "phone", "unknown", 7], "staff": {"number": "ana"}}
    found = await gate.tokens.verify(gate.token(kid=f"{algorithm}-1", **claims))
    assert (found.tenant, found.subject, found.agent_id) == ("sales", "corp:alice", "ana")
    assert found.roles == {Role.SUPERVISOR, Role.AGENT}


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "somebody else"}, "InvalidAudienceError"),
        ({"aud": None}, "MissingRequiredClaimError"),
        ({"aud": ["x", "onequeue"]}, ""),
        ({"iss": "https://elsewhere"}, "unknown issuer"),
        ({"iss": None}, "algorithm not allowed"),
        ({"exp": None}, "MissingRequiredClaimError"),
        ({"exp": NOW_S - 31}, "expired"),
        ({"exp": NOW_S - 29}, ""),
        ({"exp": NOW_S + 2 * 86_400}, "lasts too long"),
        ({"exp": float("inf")}, "ValueError"),
        ({"exp": float("nan")}, "ValueError"),
        ({"exp": True}, "TypeError"),
        ({"exp": "1790000600"}, "TypeError"),
        ({"nbf": NOW_S + 31}, "not valid yet"),
        ({"nbf": NOW_S + 29}, ""),
        ({"iat": NOW_S + 31}, "not valid yet"),
        ({"sub": None}, "MissingRequiredClaimError"),
        ({"sub": ""}, "no subject"),
        ({"sub": "a\nb"}, "no subject"),
        ({"sub": "a" * 129}, "no subject"),
        ({"org": "billing"}, "tenant not of this issuer"),
        ({"org": None}, "tenant not of this issuer"),
        ({"org": ["sales"]}, "tenant not of this issuer"),
        ({"staff": {"number": 7}}, "no subject"),
        ({"staff": "ana"}, ""),
    ],
)
async def test_claims_decide(gate: Gate, claims: dict[str, Any], reason: str) -> None:
    token = gate.token(**claims)
    if reason:
        assert await gate.refused(token) == reason
    else:
        assert (await gate.tokens.verify(token)).agent_id is None


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ("phone lead", {Role.AGENT, Role.SUPERVISOR}),
        ("admin", set()),
        (None, set()),
        ({"lead": True}, set()),
        (["lead"] * 1_001, set()),
    ],
)
async def test_names_of_roles_mean_what_the_list_says_and_nothing_else(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, roles: Any, expected: set[Role]
) -> None:
    monkeypatch.setattr(bearer_module, "TOKEN_CHARACTERS_MAX", 20_000)
    assert (await gate.tokens.verify(gate.token(roles=roles))).roles == expected


async def test_a_token_without_a_tenant_is_for_the_only_one(provider: Provider) -> None:
    gate = Gate(provider, tenants=["solo"], tenant_claim=None)
    assert (await gate.tokens.verify(gate.token(org="sales"))).tenant == "solo"
    await gate.tokens.close()


def claims_of(gate: Gate) -> bytes:
    return base64.urlsafe_b64decode(gate.token().split(".")[1] + "==")


async def test_no_algorithm_but_those_that_are_allowed(gate: Gate) -> None:
    claims = claims_of(gate)
    names: list[Any] = ["none", "None", "HS256", "RS512", "PS256", "", None, 7, ["RS256"], {}]
    for name in names:
        header = {"alg": name, "kid": "RS256-1"}
        # a public key as the secret of an HMAC: what confuses verifiers that believe the header
        assert await gate.refused(forged(header, claims, pem_of(KEYS["RS256"])))
        assert await gate.refused(forged(header, claims))
    assert (
        await gate.refused(forged({"alg": "ES256", "kid": "RS256-1"}, claims)) == "unknown key id"
    )


async def test_an_issuer_may_be_held_to_one_algorithm(provider: Provider) -> None:
    gate = Gate(provider, algorithms=["EdDSA"])
    await gate.tokens.verify(gate.token(kid="EdDSA-1"))
    assert await gate.refused(gate.token()) == "algorithm not allowed"
    await gate.tokens.close()


async def test_keys_that_a_token_brings_along_are_not_looked_at(gate: Gate) -> None:
    mine = ec.generate_private_key(ec.SECP256R1())
    claims = json.loads(claims_of(gate))
    public = jwt.get_algorithm_by_name("ES256").to_jwk(mine.public_key(), as_dict=True)
    brought = {"jwk": public, "jku": gate.provider.url + "/mine", "x5u": gate.provider.url + "/x"}
    for kid in ("ES256-1", "../../mine", "ES256-1' OR 1=1", "a" * 300, None, 7, ["ES256-1"]):
        header = brought | ({} if kid is None else {"kid": kid})
        token = (
            jwt.api_jws.encode(json.dumps(claims).encode(), mine, "ES256", headers=header)
            if (isinstance(kid, str))
            else forged({"alg": "ES256", "kid": kid}, json.dumps(claims).encode())
        )
        assert await gate.refused(token)
    assert not {"/mine", "/x"} & set(gate.provider.requests)


async def test_other_kinds_of_token_are_none(gate: Gate) -> None:
    headers: list[dict[str, Any]] = [
        {"typ": "logout+jwt"},
        {"typ": 7},
        {"crit": ["exp"]},
        {"crit": []},
    ]
    for header in headers:
        token = forged({"alg": "RS256", "kid": "RS256-1", **header}, claims_of(gate))
        assert await gate.refused(token)


async def test_a_changed_token_is_refused(gate: Gate) -> None:
    header, claims, signature = gate.token().split(".")
    other = json.loads(claims_of(gate)) | {"org": "support"}
    changed = base64.urlsafe_b64encode(json.dumps(other).encode()).rstrip(b"=").decode()
    assert await gate.refused(f"{header}.{changed}.{signature}") == "InvalidSignatureError"
    assert await gate.refused(f"{header}.{claims}.") == "InvalidSignatureError"
    assert await gate.refused(f"{header}.{claims}.{signature[:-4]}")
    assert await gate.refused(f"{header}.{claims}.{signature}.{signature}")


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b.c", "é.é.é", "a" * 9_000, "eyJhbGciOiJSUzI1NiJ9..", "\x00.\x00.\x00"],
)
async def test_what_is_no_token_is_refused(gate: Gate, token: str) -> None:
    assert await gate.refused(token)


@pytest.mark.parametrize(
    "claims",
    [b"[" * 3_000, b"[]", b"7", b"\xff\xfe", b'{"iss": ' + b"9" * 5_000 + b"}", b'{"iss": 7}', b""],
)
async def test_claims_that_are_none_are_refused(gate: Gate, claims: bytes) -> None:
    assert await gate.refused(forged({"alg": "RS256", "kid": "RS256-1"}, claims))
    assert gate.provider.requests == []


async def test_a_token_that_was_verified_is_believed_for_seconds_and_never_too_long(
    gate: Gate,
) -> None:
    short, long = gate.token(exp=NOW_S + 10), gate.token()
    for token in (short, long):
        await gate.tokens.verify(token)
    gate.provider.keys.clear()
    gate.passed_s = 41.0  # with 30 s of leeway the short one has ended
    assert await gate.refused(short) == "expired"
    gate.passed_s = VERIFIED_S - 1
    await gate.tokens.verify(long)


async def test_only_so_many_are_remembered(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bearer_module, "VERIFIED_MAX", 3)
    for number in range(6):
        await gate.tokens.verify(gate.token(sub=str(number)))
    assert len(gate.tokens._verified) == 3


async def test_a_new_key_is_fetched_when_it_is_first_used(gate: Gate) -> None:
    await gate.tokens.verify(gate.token())
    gate.provider.keys["EC-2"] = ("ES256", ec.generate_private_key(ec.SECP256R1()))
    rotated = gate.token(kid="EC-2")
    assert await gate.refused(rotated) == "unknown key id"  # asked a moment ago
    gate.passed_s = REFETCH_S
    await gate.tokens.verify(rotated)
    assert gate.provider.requests.count("/keys") == 2


async def test_a_flood_of_unknown_keys_asks_the_provider_once(gate: Gate) -> None:
    header = {"alg": "RS256"}
    tokens = [forged(header | {"kid": str(n)}, claims_of(gate)) for n in range(100)]
    await asyncio.gather(*(gate.refused(token) for token in tokens))
    assert gate.provider.requests == ["/.well-known/openid-configuration", "/keys"]


async def test_a_key_that_the_provider_has_taken_back_ends(gate: Gate) -> None:
    token = gate.token(exp=NOW_S + 3_600)
    await gate.tokens.verify(token)
    del gate.provider.keys["RS256-1"]
    gate.passed_s = FRESH_S
    assert await gate.refused(token) == "unknown key id"


async def test_known_keys_count_for_a_day_while_the_provider_is_away(gate: Gate) -> None:
    await gate.tokens.verify(gate.token())
    asked = len(gate.provider.requests)
    gate.provider.answers["/keys"] = (503, {}, b"")
    for passed_s in (FRESH_S, FRESH_S + RETRY_S - 1, STALE_S_MAX - 1):
        gate.passed_s = passed_s
        await gate.tokens.verify(gate.provider.token(NOW_S + passed_s))
    assert len(gate.provider.requests) == asked + 4  # twice, each time discovery and keys
    gate.passed_s = STALE_S_MAX
    with pytest.raises(StoreUnavailable, match="/keys answered 503"):
        await gate.tokens.verify(gate.provider.token(NOW_S + STALE_S_MAX, sub="bob"))


DISCOVERY = "/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("path", "status", "headers", "body", "told"),
    [
        (DISCOVERY, 404, {}, b"", "answered 404"),
        (DISCOVERY, 302, {"Location": "/keys"}, b"", "answered 302"),
        (DISCOVERY, 200, {}, b"{", "discovery document is no JSON"),
        (DISCOVERY, 200, {}, b"[" * 50_000, "discovery document is no JSON"),
        (DISCOVERY, 200, {}, b"[]", "names another issuer"),
        (DISCOVERY, 200, {}, b'{"issuer": "https://x"}', "names another issuer"),
        (DISCOVERY, 200, {}, b'{"issuer": "URL"}', "no https address of keys"),
        (DISCOVERY, 200, {}, b'{"issuer": "URL", "jwks_uri": "http://10.0.0.1/"}', "no https"),
        (DISCOVERY, 200, {}, b'{"issuer": "URL", "jwks_uri": "file:///etc/passwd"}', "no https"),
        ("/keys", 200, {}, b" " * 300_000, "more than 262,144 bytes"),
        ("/keys", 200, {}, b"{}", "no list of keys"),
        ("/keys", 200, {"Content-Length": "99"}, b"{}", "corp:"),
    ],
)
async def test_a_provider_that_answers_nonsense_lets_nobody_in(
    gate: Gate, path: str, status: int, headers: dict[str, str], body: bytes, told: str
) -> None:
    url = gate.provider.url.encode()
    gate.provider.answers[path] = (status, headers, body.replace(b"URL", url))
    with pytest.raises(StoreUnavailable, match=told):
        await gate.tokens.verify(gate.token())


async def test_a_provider_that_is_slow_is_not_waited_for(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer_keys, "FETCH_TIMEOUT_S", 0.05)
    gate.provider.delay_s = 0.3
    with pytest.raises(StoreUnavailable, match="corp: "):
        await gate.tokens.verify(gate.token())
    gate.provider.delay_s = 0.0
    monkeypatch.undo()  # a machine may be slow, too
    with pytest.raises(StoreUnavailable):  # asked a moment ago
        await gate.tokens.verify(gate.token())
    gate.passed_s = REFETCH_S
    await gate.tokens.verify(gate.token())


async def test_a_configured_address_of_keys_needs_no_discovery(provider: Provider) -> None:
    gate = Gate(provider, jwks_uri=provider.url + "/keys")
    await gate.tokens.verify(gate.token())
    assert provider.requests == ["/keys"]
    await gate.tokens.close()


async def test_a_token_without_a_key_id_takes_the_only_key_of_its_kind(gate: Gate) -> None:
    await gate.tokens.verify(gate.token(kid=None))
    gate.provider.keys["RS256-2"] = gate.provider.keys["RS256-1"]
    gate.passed_s = REFETCH_S + FRESH_S
    assert await gate.refused(gate.provider.token(NOW_S + gate.passed_s, kid=None))


def test_a_ca_file_must_be_there(provider: Provider) -> None:
    with pytest.raises(IssuerError, match="ca_file /nowhere: No such file"):
        Gate(provider, ca_file="/nowhere")
