"""The tracer of one tenant or many: follows journals from where they stand, and hands spans on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import structlog

from adapters.configuration.reading import Sources, read_sources
from adapters.process.turns import first_of
from adapters.redis.journal_reader import RedisJournalReader
from adapters.redis.journal_stream import record_of
from adapters.redis.keys import Keys
from adapters.redis.refusals import remedy_of
from adapters.redis.wire import Endpoint, ReplyError
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.standing import Standing, serving
from adapters.tracing.meters import TraceMeters
from adapters.tracing.settings import TraceSettings
from adapters.tracing.spans import Span, Spans
from router.backoff import Backoff
from router.errors import StoreUnavailable

__all__ = ("TraceOrder", "TraceRequest", "Tracing")

PAGE_RECORDS: Final = 200
BLOCK_MS: Final = 1_000

T = TypeVar("T")


class Exports(Protocol):
    """Where spans go."""

    def export(self, spans: Sequence[Span]) -> int:
        """Hand them over without waiting; how many were wanted."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceOrder:
    """Whose journal is followed, and the share of traces that are wanted."""

    endpoint: Endpoint
    keys: Keys
    sample: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRequest:
    """What the command line says; ``url`` finds the server of tenants that name none."""

    config: Path | None
    tenants: Sequence[str] | None
    url: Callable[[Sources], str]
    options: Mapping[str, Any] = field(default_factory=dict)

    def settings(self, sources: Sources) -> TraceSettings:
        """Those of the process."""
        return sources.section("trace", TraceSettings, self.options)

    def orders(self, sources: Sources) -> dict[str, TraceOrder]:
        """An order for each tenant. Raises ``TenantError`` or ``UrlError``."""
        settings, url = self.settings(sources), self.url(sources)
        return {
            name: TraceOrder(
                endpoint=Endpoint(tenant.url_or(url)), keys=Keys(name), sample=settings.sample
            )
            for name, tenant in sources.tenants(self.tenants).items()
        }

    def anew(self) -> dict[str, TraceOrder]:
        """The orders, read again."""
        return self.orders(read_sources(self.config))


class Tracing:
    """What the tracers of one process share: the exporter, their log, their page of metrics."""

    def __init__(
        self, exporter: Exports, logger: structlog.stdlib.BoundLogger, metrics: TenantMetrics
    ) -> None:
        self._exporter = exporter
        self._log = logger
        self._metrics = metrics

    async def trace(self, order: TraceOrder, standing: Standing, stopped: asyncio.Event) -> None:
        """Trace one tenant until the event is set.

        Raises :class:`CorruptJournal`, or :class:`ReplyError` when the server does not let us in.
        """
        meters = TraceMeters()
        self._metrics.count(standing.tenant, meters.registry)
        reader = RedisJournalReader(order.endpoint, order.keys)
        try:
            await first_of(stopped.wait(), self._follow(order, reader, meters, standing))
        finally:
            await reader.close()

    async def _follow(
        self,
        order: TraceOrder,
        reader: RedisJournalReader,
        meters: TraceMeters,
        standing: Standing,
    ) -> None:
        spans = Spans(order.keys.tenant, order.sample)
        asking = _Asking(self._log.bind(tenant=standing.tenant), meters)
        after = await asking(reader.newest_id)
        with serving(standing):
            while True:
                for record_id, data in await asking(
                    partial(reader.read, after, PAGE_RECORDS, BLOCK_MS)
                ):
                    after = record_id
                    self._hand_over(spans, spans.of(record_of(record_id, data)), meters)
                    await asyncio.sleep(0)

    def _hand_over(self, spans: Spans, ended: Sequence[Span], meters: TraceMeters) -> None:
        meters.spans.inc(self._exporter.export(ended))
        meters.open.set(spans.open)
        meters.forgotten.set(spans.forgotten)


class _Asking:
    """Asks Redis until it answers."""

    def __init__(self, logger: structlog.stdlib.BoundLogger, meters: TraceMeters) -> None:
        self._log = logger
        self._meters = meters

    async def __call__(self, question: Callable[[], Awaitable[T]]) -> T:
        backoff = Backoff()
        while True:
            try:
                return await question()
            except StoreUnavailable as error:
                if isinstance(error, ReplyError) and error.is_final:
                    raise
                self._meters.redis_errors.inc()
                if not backoff.attempt:
                    remedy = remedy_of(error)
                    self._log.warning("Redis failed us", error=str(error), remedy=remedy)
                await asyncio.sleep(backoff.next_s())
