"""What each tenant's router is told, from command line, environment and file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from adapters.configuration.reading import Sources, read_sources
from adapters.configuration.shared import TenantSettings
from adapters.leading.serving import Order
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.tenants.settings import ServeSettings
from router.intake import IntakeLimits
from router.policy import Policy

__all__ = ("Request", "orders_of", "placed")

NOWHERE: Final = "unix:///an-embedded-server-that-has-not-been-started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line says. ``options`` are those that were given, by the name of their
    setting; they hold for every tenant."""

    config: Path | None = None
    tenants: Sequence[str] | None = None
    redis_url: str | None = None
    takeover: bool = False
    new_journal: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    def sources(self) -> Sources:
        """File and environment, read now. Raises what :func:`read_sources` raises."""
        return read_sources(self.config)

    def settings(self, sources: Sources) -> ServeSettings:
        """Those of the process."""
        return sources.section("serve", ServeSettings, self.options)


def orders_of(request: Request, sources: Sources) -> dict[str, Order]:
    """An order for each tenant; those who have no server yet get one by :func:`placed`.

    Raises ``PolicyFileError``, ``DocumentUnreadableError``, ``TenantError`` or ``UrlError``.
    """
    url = sources.redis_url(request.redis_url) or NOWHERE
    making = _Making(request, request.settings(sources), url)
    tenants = sources.tenants(request.tenants)
    return {name: making.order(name, tenant) for name, tenant in tenants.items()}


def placed(orders: Mapping[str, Order], server: EmbeddedServer | None) -> dict[str, Order]:
    """The orders with this server for those who have none."""
    if server is None:
        return dict(orders)
    endpoint = Endpoint(server.url)
    return {
        name: replace(order, endpoint=endpoint, server=server)
        if order.endpoint.url == NOWHERE
        else order
        for name, order in orders.items()
    }


@dataclass(frozen=True, slots=True)
class _Making:
    """Makes orders from what holds for all, and what is said of one tenant."""

    request: Request
    settings: ServeSettings
    url: str
    policies: _Policies = field(default_factory=lambda: _Policies())

    def order(self, name: str, tenant: TenantSettings) -> Order:
        return Order(
            endpoint=Endpoint(tenant.url_or(self.url)),
            keys=Keys(name),
            policy=self.policies.load(self._of(tenant, "policy")),
            intake=IntakeLimits(
                self._of(tenant, "journal_max_bytes"),
                self._of(tenant, "inbound_max_entries"),
                round(self._of(tenant, "inbound_max_age_s") * 1_000),
            ),
            takeover=self.request.takeover,
            standby=self._of(tenant, "standby"),
            new_journal=self.request.new_journal,
        )

    def _of(self, tenant: TenantSettings, setting: str) -> Any:
        """An option holds for all tenants; else what is said of this one; else what of all."""
        given, own = self.request.options.get(setting), getattr(tenant, setting)
        return own if given is None and own is not None else getattr(self.settings, setting)


class _Policies:
    """Policy files, each read once."""

    def __init__(self) -> None:
        self._loaded: dict[Path, Policy] = {}

    def load(self, path: Path | None) -> Policy | None:
        if path is None:
            return None
        from adapters.documents.policy_file import load_policy  # it takes a while, seldom needed

        if path not in self._loaded:
            self._loaded[path] = load_policy(path)
        return self._loaded[path]
