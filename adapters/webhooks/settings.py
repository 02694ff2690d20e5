"""Settings of `onequeue webhooks serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from adapters.configuration.section import section_config
from adapters.configuration.shared import Duration, Exposed, duration_ms
from adapters.webhooks.destinations import Destinations, NetworkText
from adapters.webhooks.terms import PAUSE_AFTER, RETRY_FOR, TIMEOUT_S, Terms

__all__ = ("WebhookSettings",)

NETWORKS_MAX = 100


class WebhookSettings(Exposed):
    """Of the process that delivers. ``archive``: where events are read that the journal has no
    more."""

    model_config = section_config("webhooks")

    archive: Path | None = None
    timeout_s: Annotated[float, Field(ge=0.1, le=60.0)] = TIMEOUT_S
    retry_for: Duration = RETRY_FOR
    pause_after: Duration = PAUSE_AFTER
    networks: Annotated[tuple[NetworkText, ...], Field(max_length=NETWORKS_MAX)] = ()
    loopback: bool = False

    @property
    def terms(self) -> Terms:
        """How patiently to deliver."""
        return Terms(
            timeout_s=self.timeout_s,
            retry_for_s=duration_ms(self.retry_for) / 1_000,
            pause_after_s=duration_ms(self.pause_after) / 1_000,
        )

    @property
    def destinations(self) -> Destinations:
        """Where webhooks may go."""
        return Destinations.of(self.networks, loopback=self.loopback)
