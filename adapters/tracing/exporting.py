"""Hands spans to OpenTelemetry, which sends them by OTLP over HTTP from a thread of its own.

What cannot be sent is tried again by the exporter, and dropped when its queue is full: traces are
no record, the journal is. When that begins and when it ends is told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags

from adapters.process.release import release
from adapters.tracing.spans import Span

__all__ = ("Exporter", "collector_url", "listens")

OUR_PORT: Final = "http://localhost:4318"
"""Where OpenTelemetry sends to where nothing is said."""

TRACES_PATH: Final = "/v1/traces"
PORTS: Final = {"http": 80, "https": 443}
CONNECT_S_MAX: Final = 2.0

NS_PER_MS: Final = 1_000_000
QUEUE_SPANS_MAX: Final = 20_000
BATCH_SPANS_MAX: Final = 512
DELAY_MS: Final = 1_000
"""A span is sent within a second or so."""


def collector_url(endpoint: str | None, environment: Mapping[str, str]) -> str:
    """Where traces go: as configured, else as OpenTelemetry's own variables say, else where a
    collector on this machine listens by default."""
    own = endpoint or environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    base = environment.get("OTEL_EXPORTER_OTLP_ENDPOINT") or OUR_PORT
    return own or base.rstrip("/") + TRACES_PATH


async def listens(url: str) -> bool:
    """Whether anything takes connections there."""
    parts = urlsplit(url)
    port = parts.port or PORTS.get(parts.scheme, 0)
    try:
        async with asyncio.timeout(CONNECT_S_MAX):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


class Exporter:
    """Sends to ``url`` (as in http://collector:4318/v1/traces). ``on_change`` is called from a
    thread of its own with False when spans are lost, and with True when they are taken again."""

    def __init__(self, url: str, on_change: Callable[[bool], None]) -> None:
        # it would tell on standard error, beside the log, what on_change says
        logging.getLogger(OTLPSpanExporter.__module__).addHandler(logging.NullHandler())
        self._processor = BatchSpanProcessor(
            _Telling(OTLPSpanExporter(endpoint=url), on_change),
            max_queue_size=QUEUE_SPANS_MAX,
            schedule_delay_millis=DELAY_MS,
            max_export_batch_size=BATCH_SPANS_MAX,
        )
        self._resource = Resource.create({"service.name": "onequeue", "service.version": release()})
        self._scope = InstrumentationScope("onequeue", release())

    def export(self, spans: Iterable[Span]) -> int:
        """Hand over those that are wanted; how many. Does not wait."""
        count = 0
        for span in spans:
            if span.trace.is_sampled:
                self._processor.on_end(self._readable(span))
                count += 1
        return count

    def flush(self) -> None:
        """Send what is there now, and wait for that."""
        self._processor.force_flush()

    def close(self) -> None:
        """Send what is left, and end; may take seconds where nobody answers."""
        self._processor.shutdown()  # type: ignore[no-untyped-call]  # not annotated

    def _readable(self, span: Span) -> ReadableSpan:
        parent = None
        if span.parent_id:
            is_remote = span.parent_id == span.trace.parent_id
            parent = _context(span, span.parent_id, is_remote=is_remote)
        return ReadableSpan(
            name=f"onequeue {span.name}",
            context=_context(span, span.span_id, is_remote=False),
            parent=parent,
            resource=self._resource,
            attributes=span.attributes,
            kind=SpanKind.CONSUMER if span.name == "interaction" else SpanKind.INTERNAL,
            start_time=span.begin_ms * NS_PER_MS,
            end_time=span.end_ms * NS_PER_MS,
            instrumentation_scope=self._scope,
        )


class _Telling(SpanExporter):
    """Hands on to another exporter, and tells when it begins and ceases to fail."""

    def __init__(self, exporter: SpanExporter, on_change: Callable[[bool], None]) -> None:
        self._exporter = exporter
        self._on_change = on_change
        self._works = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        works = result is SpanExportResult.SUCCESS
        if works is not self._works:
            self._works = works
            self._on_change(works)
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


def _context(span: Span, span_id: int, *, is_remote: bool) -> SpanContext:
    return SpanContext(span.trace.trace_id, span_id, is_remote, TraceFlags(TraceFlags.SAMPLED))
