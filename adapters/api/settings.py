"""Settings of `onequeue api`: where it serves, and its limits, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Protocol

from pydantic import Field

from adapters.configuration.section import section_config
from adapters.configuration.shared import LOOPBACK, Exposed, Port
from adapters.record.card_parts import CARD_PARTS, CardPart
from adapters.record.settings import RecordUrl
from adapters.webhooks.destinations import NetworkText

__all__ = ("ApiSettings", "Count", "Seconds", "ServerSettings")

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


class ServerSettings(Protocol):
    """What any process says of how it serves HTTP; the fields are those of :class:`ApiSettings`."""

    @property
    def tls_cert(self) -> Path | None:
        """Its certificate (PEM); None: plain HTTP."""
        ...

    @property
    def tls_key(self) -> Path | None:
        """The certificate's key (PEM)."""
        ...

    @property
    def tls_client_ca(self) -> Path | None:
        """Whose certificates clients must show; None: they need none."""
        ...

    @property
    def header_bytes_max(self) -> int:
        """Of the head of a request."""
        ...

    @property
    def header_timeout_s(self) -> float:
        """How long a head may take to arrive."""
        ...

    @property
    def connections_max(self) -> int:
        """At once."""
        ...

    @property
    def drain_s(self) -> float:
        """How long requests may take to end once it is to stop."""
        ...


class ApiSettings(Exposed):
    """Of one API process. Whatever is beyond a limit is refused with a problem that says so."""

    model_config = section_config("api")
    borrowed: ClassVar[Mapping[str, tuple[str, str]]] = {
        "webhook_networks": ("webhooks", "networks"),
        "webhook_loopback": ("webhooks", "loopback"),
        "record": ("record", "url"),
        "connectors": ("record", "connectors"),
    }

    host: str = LOOPBACK
    port: Port = 8_080
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    """Whose certificates clients must show; without it they need none."""

    issuers: Path | None = None
    archive: Path | None = None
    record: RecordUrl | None = None
    """The database of the customer record; without it all else works."""

    connectors: Path | None = None
    """A file that names where else something is known of customers."""

    enrich: bool = True
    """Whether the record's history goes with interactions that are created for a customer."""

    enrich_deadline_ms: Annotated[float, Field(gt=0, le=1_000)] = 20.0
    """How long it may take; what comes later is left out, and counted."""

    outcome_scores: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    """What outcomes are worth as history, by what agents give as outcome."""

    unresolved_outcomes: tuple[str, ...] = ("unresolved",)
    """Outcomes after which a matter is still open."""

    card_parts: tuple[CardPart, ...] = CARD_PARTS
    """What agents are shown of a customer with an offer; none: no cards."""

    pages: Path | None = None
    """A folder of pages that anybody may see, at /pages/."""

    nice: Annotated[int, Field(ge=0, le=19)] = 5
    """A flood on the API then leaves the router three quarters of a processor that both want."""

    linger_s: Annotated[float, Field(ge=0)] = 0.0
    """How long it goes on answering once /readyz says that it ends: until nobody sends to it."""

    drain_s: Seconds = 20.0
    """How long requests may take to end after that."""

    body_bytes_max: Count = 1_048_576
    """A command may have 256 KiB packed; as JSON it may be a few times as long."""

    body_timeout_s: Seconds = 10.0
    """How long the whole body may take to arrive: 1 MiB at 100 KiB a second."""

    header_bytes_max: Count = 32_768
    header_timeout_s: Seconds = 10.0
    target_characters_max: Count = 8_192
    """Of a path with its query."""

    in_flight_max: Count = 512
    """Requests that are being answered; more would only wait for the same processor."""

    in_flight_each_max: Count = 256
    """Of one tenant: where its router is gone, all of its writes wait, and others' must not."""

    arriving_bytes_max: Count = 67_108_864
    """Of all bodies that are on their way, whoever sends them."""

    arriving_bytes_each_max: Count = 33_554_432
    """Of one tenant: a client that dawdles takes no room from others."""

    connections_max: Count = 10_000
    """With 5,000 desktops there is room for as many others."""

    streams_max: Count = 500
    """Streams of events in all: each is looked at for every event."""

    streams_each_max: Count = 10
    """Of one credential."""

    desktops_max: Count = 10_000
    """Connections of agents' desktops (docs/desktops.md)."""

    desktop_heartbeat_s: Seconds = 5.0
    desktop_answer_s: Seconds = 5.0
    """A desktop that says nothing for both is dead."""

    desktop_grace_s: Seconds = 5.0
    """How long a desktop may be gone before its agent is unavailable."""

    agents_describe_themselves: bool = False
    """Whether agents may say at login what they can and may take, without `agents:write`; it then
    stands in the audit."""

    webhook_networks: tuple[NetworkText, ...] = ()
    """Networks that are not public, to which webhooks may go all the same (as 10.1.0.0/16)."""

    webhook_loopback: bool = False
    """Whether webhooks may go to this machine, over http too."""

    jobs_running_max: Count = 1
    """Previews and searches that run at one time, whosever they are."""

    jobs_each_max: Count = 4
    """Of one tenant that wait or run."""

    jobs_max: Count = 16
    """Of all tenants that wait or run."""

    job_s_max: Seconds = 3_600.0
    """How long one may run."""

    job_memory_bytes_max: Count = 4_294_967_296
    """Address space of each process of a job: a week of a hundred thousand interactions a day."""

    job_processes: Count = 2
    """Processes of a job; they give way to everything else on the machine."""

    requests_per_s: Seconds = 2_000.0
    requests_burst: Count = 4_000
    """Of one credential."""

    failed_per_s: Seconds = 5.0
    failed_burst: Count = 50
    """Of one address, with credentials that are not valid."""

    decision_timeout_s: Seconds = 5.0
    """How long a write waits for the router before it is answered as undecided."""

    policy_timeout_s: Seconds = 60.0
    """The same for a policy, for which everything that is open is made ready first."""

    report_timeout_s: Seconds = 20.0
    """How long a question may take for which the journal is read."""

    position_timeout_s: Seconds = 1.0
    """How long a read waits for the position that it asks for."""

    fresh_s: Seconds = 15.0
    """How old what is read may be while the process still says that it is ready."""
