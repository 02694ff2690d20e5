"""One API process: follows its tenants' journals, answers, and drains when it is asked to stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI

from adapters.api.app import build_app
from adapters.api.holding.hosted import Hosted
from adapters.api.meters import ApiMeters
from adapters.api.reading.readers import Readers
from adapters.api.server import ApiServer, drop_who_does_not_read, uvicorn_config
from adapters.api.settings import ApiSettings
from adapters.connectors.document import load_connectors
from adapters.connectors.gathering import Gathering
from adapters.enriching.enriching import Enriching, EnrichingTerms
from adapters.enriching.facts import FactTerms
from adapters.identity.attempts import Admits
from adapters.process.calm_collecting import collect_calmly
from adapters.process.stop_signals import stop_signals
from adapters.process.turns import first_of
from adapters.projection.projection import Projection
from adapters.record.database import Database
from adapters.record.records import Records
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.submitting.submitter import Submitter

__all__ = (
    "ApiOrder",
    "hosted_tenant",
    "serve_api",
)


@dataclass(frozen=True, slots=True)
class ApiOrder:
    """Whom it serves (each tenant with the way to its server), and where."""

    endpoints: Mapping[str, Endpoint]
    listener: socket.socket
    settings: ApiSettings


def hosted_tenant(
    endpoint: Endpoint,
    tenant: str,
    logger: structlog.stdlib.BoundLogger,
    readers: Readers | None = None,
    archive: Path | None = None,
    record: Database | None = None,
    enriching: Enriching | None = None,
    gathering: Gathering | None = None,
) -> Hosted:
    """What the API holds of a tenant; its projection is to be run by whoever asks."""
    keys = Keys(tenant)
    projection = Projection(endpoint, keys, logger)
    submitter = Submitter(endpoint, projection)
    records = None if record is None else Records(record, endpoint, keys)
    parts = (projection, submitter, readers or Readers(), archive, logger)
    of_customers = (records, enriching, gathering)
    return Hosted(endpoint, keys, *parts, *of_customers)


async def serve_api(
    order: ApiOrder,
    authenticator: Admits,
    meters: ApiMeters,
    logger: structlog.stdlib.BoundLogger,
) -> None:
    """Serve until SIGTERM or SIGINT, and then until what is in flight has ended."""
    readers, settings = Readers(), order.settings
    record = None if settings.record is None else Database(settings.record.get_secret_value())
    named = settings.connectors
    gathering = None if named is None else Gathering(load_connectors(named))
    hosted = {
        name: hosted_tenant(
            *(endpoint, name, logger, readers, settings.archive, record),
            *(_enriching(record, name, settings, meters), gathering),
        )
        for name, endpoint in order.endpoints.items()
    }
    meters.watch_freshness({name: each.projection.freshness for name, each in hosted.items()})
    app = build_app(hosted, authenticator, order.settings, meters=meters, logger=logger)
    meters.watch_desktops(lambda: app.state.lobby.entered - app.state.lobby.left)
    server = ApiServer(uvicorn_config(app, order.settings))
    drop_who_does_not_read(order.listener)
    follow = [each.projection.run() for each in hosted.values()]
    follow += [each.applying.run() for each in hosted.values()]
    try:
        with stop_signals(app.state.draining.set):
            ending = asyncio.create_task(_drain(app, server, order.settings.linger_s, logger))
            # should one of the others end, there is nothing left to serve from
            lobby = app.state.lobby
            ready = asyncio.gather(*(each.projection.until_ready() for each in hosted.values()))
            calm = collect_calmly(lambda: lobby.entered, lambda: lobby.left, ready)
            follow += [lobby.run(), calm]
            await first_of(server.serve([order.listener]), *follow)
            ending.cancel()
    finally:
        await app.state.lobby.close()
        await app.state.jobs.end()
        await app.state.erasures.end()
        await _close(hosted)
        await _close_customers(record, gathering)
        readers.close()
    logger.info("stopped")


async def _close_customers(record: Database | None, gathering: Gathering | None) -> None:
    if record is not None:
        await record.close()
    if gathering is not None:
        await gathering.close()


def _enriching(
    record: Database | None, tenant: str, settings: ApiSettings, meters: ApiMeters
) -> Enriching | None:
    if record is None or not settings.enrich:
        return None
    unresolved = frozenset(settings.unresolved_outcomes)
    facts = FactTerms(scores=settings.outcome_scores, unresolved=unresolved)
    terms = EnrichingTerms(deadline_s=settings.enrich_deadline_ms / 1_000, facts=facts)
    return Enriching(record, tenant, terms, meters)


async def _drain(
    app: FastAPI, server: uvicorn.Server, linger_s: float, logger: structlog.stdlib.BoundLogger
) -> None:
    await app.state.draining.wait()
    logger.info("draining", linger_s=linger_s)
    await asyncio.sleep(linger_s)
    app.state.lobby.empty()
    server.should_exit = True


async def _close(hosted: Mapping[str, Hosted]) -> None:
    for each in hosted.values():
        await each.close()
