"""Hands spans to OpenTelemetry, which sends them by OTLP over HTTP from a thread of its own.

What cannot be sent is tried again by the exporter, and dropped when its queue is full: traces are
no record, the journal is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags

from adapters.release import release
from adapters.tracing.spans import Span

__all__ = ("Exporter",)

NS_PER_MS: Final = 1_000_000
QUEUE_SPANS_MAX: Final = 20_000
BATCH_SPANS_MAX: Final = 512
DELAY_MS: Final = 1_000
"""A span is sent within a second or so."""


class Exporter:
    """Sends to ``endpoint`` (as in http://collector:4318/v1/traces; None: as OpenTelemetry's own
    variables say)."""

    def __init__(self, endpoint: str | None) -> None:
        self._processor = BatchSpanProcessor(
            OTLPSpanExporter(endpoint=endpoint),
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


def _context(span: Span, span_id: int, *, is_remote: bool) -> SpanContext:
    return SpanContext(span.trace.trace_id, span_id, is_remote, TraceFlags(TraceFlags.SAMPLED))
