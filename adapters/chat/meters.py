"""Metrics of a chat, beside those of every medium."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

__all__ = ("ChatMeters",)


class ChatMeters:
    """What a chat counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.connections = Gauge(
            "onequeue_chat_connections", "Connections of visitors", registry=registry
        )
        self.visits = Gauge(
            "onequeue_chat_visits", "Visitors, those who are gone for a moment too",
            registry=registry,
        )  # fmt: skip
        self.sessions = Counter("onequeue_chat_sessions", "New sessions", registry=registry)
        self.turned_away = Counter(
            "onequeue_chat_turned_away", "Connections and sessions beyond a limit",
            registry=registry,
        )  # fmt: skip
        self.gone = Counter(
            "onequeue_chat_gone", "Visitors who left, or stayed away too long", registry=registry
        )
