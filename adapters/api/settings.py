"""Limits of one API process; each can be set, and each has its reason."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

__all__ = ("DEFAULT_SETTINGS", "ApiSettings")


class ApiSettings(Struct, frozen=True, kw_only=True):
    """What one process takes. Whatever is beyond is refused with a problem that says so."""

    body_bytes_max: int = 1_048_576
    """A command may have 256 KiB packed; as JSON it may be a few times as long."""

    body_timeout_s: float = 10.0
    """How long the whole body may take to arrive: 1 MiB at 100 KiB a second."""

    header_bytes_max: int = 32_768
    header_timeout_s: float = 10.0
    target_characters_max: int = 8_192
    """Of a path with its query."""

    in_flight_max: int = 512
    """Requests that are being answered; more would only wait for the same processor."""

    connections_max: int = 10_000
    """With 5,000 desktops there is room for as many others."""

    streams_max: int = 500
    """Streams of events in all: each is looked at for every event."""

    streams_each_max: int = 10
    """Of one credential."""

    requests_per_s: float = 2_000.0
    requests_burst: int = 4_000
    """Of one credential."""

    failed_per_s: float = 5.0
    failed_burst: int = 50
    """Of one address, with credentials that are not valid."""

    decision_timeout_s: float = 5.0
    """How long a write waits for the router before it is answered as undecided."""

    policy_timeout_s: float = 60.0
    """The same for a policy, for which everything that is open is made ready first."""

    report_timeout_s: float = 20.0
    """How long a question may take for which the journal is read."""

    position_timeout_s: float = 1.0
    """How long a read waits for the position that it asks for."""

    fresh_s: float = 15.0
    """How old the projection may be while the process still says that it is ready."""

    drain_s: float = 20.0
    """How long requests may take to end once the process is asked to stop."""


DEFAULT_SETTINGS: Final = ApiSettings()
