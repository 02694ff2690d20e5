"""Orders: the command line of a child for what was asked, without any secret in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.jobs.line import InFolder, Order

__all__ = ("Traffic", "Where", "preview_order", "tuning_order")

REDIS_URL: Final = "ONEQUEUE_REDIS_URL"
"""By the environment: an argument could be seen by everybody on the machine."""

POLICY: Final = "policy.yaml"
OBJECTIVE: Final = "objective.yaml"

Arguments = Sequence[str | InFolder]


@dataclass(frozen=True, slots=True)
class Where:
    """Where a tenant's history is, and how many processes may work on it."""

    redis_url: str
    tenant: str
    archive: Path | None
    processes: int

    def arguments(self) -> Arguments:
        """As options, without the URL."""
        archive = () if self.archive is None else ("--archive", str(self.archive.absolute()))
        return "--tenant", self.tenant, *archive

    def order(self, *arguments: str | InFolder, files: Mapping[str, bytes]) -> Order:
        """An order that reports as jobs do."""
        usual = ("--jobs", str(self.processes), "--progress", "json")
        return Order((*arguments, *usual), files, {REDIS_URL: self.redis_url})


@dataclass(frozen=True, slots=True)
class Traffic:
    """Recorded traffic from one moment to another (ms since 1970)."""

    from_ms: int
    to_ms: int

    def arguments(self) -> Arguments:
        """As options."""
        return "--from", _moment(self.from_ms), "--to", _moment(self.to_ms)


def preview_order(
    where: Where, traffic: Traffic, policy: Mapping[str, Any], *, seed: int, replications: int
) -> Order:
    """Replay recorded traffic under a policy."""
    return where.order(
        *("preview", "--policy", InFolder(POLICY)),
        *where.arguments(),
        *traffic.arguments(),
        *("--seed", str(seed), "--replications", str(replications)),
        files={POLICY: _json(policy)},
    )


def tuning_order(
    where: Where,
    on: Traffic | str,
    policy: Mapping[str, Any] | None,
    objective: Mapping[str, Any],
    *,
    knobs: Sequence[str],
    seed: int,
    trials: int,
    seconds: int,
    replications: int,
    fresh: int,
) -> Order:
    """Search for weights on recorded traffic, or on a scenario by its name; without a policy from
    the one in force, or the scenario's own."""
    files = {OBJECTIVE: _json(objective)}
    base: Arguments = ()
    if policy is not None:
        files[POLICY], base = _json(policy), ("--policy", InFolder(POLICY))
    source = ("--scenario", on) if isinstance(on, str) else (*where.arguments(), *on.arguments())
    return where.order(
        *("tune", "--objective", InFolder(OBJECTIVE)),
        *base,
        *source,
        *("--knobs", ",".join(knobs)),
        *("--seed", str(seed), "--trials", str(trials), "--seconds", str(seconds)),
        *("--replications", str(replications), "--fresh", str(fresh)),
        files=files,
    )


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="milliseconds")


def _json(document: Mapping[str, Any]) -> bytes:
    """As JSON, which is YAML too."""
    return msgspec.json.encode(document)
