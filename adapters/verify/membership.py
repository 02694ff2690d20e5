"""Who may serve a queue: by the pools that its steps have named so far, and by profiles.

Written from docs/profiles.md alone, on the document as it stands in the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from adapters.verify.queue_terms import thousandths
from adapters.verify.scales import Scale, all_inside

__all__ = ("Membership", "read_membership")

_LONGEST: Final = 1_024
_NO_PROFILE: Final = "!has(agent.profile)"


class Membership(NamedTuple):
    """Pools and profiles of a policy, in ms and in the words of requirements."""

    pools: Mapping[str, Any]
    """What the members of each meet."""
    queues: Mapping[str, str]
    """The pool that a queue begins with; "": none."""
    delays_ms: Mapping[str, Mapping[str, int]]
    """For each queue, after which age the agents of a profile serve it."""
    has_profiles: bool
    groups: Mapping[str, Sequence[str]]
    """The pools that serve a queue as well while they are open as a group of it."""
    reserves: Mapping[str, Mapping[str, int]]
    """For each queue, in which reserve the agents of a profile are (0: in none)."""

    def is_open(self, queue: str) -> bool:
        """Whether everybody may serve a queue that has no workflow."""
        return not (self.queues.get(queue) or self.has_profiles)

    def asked(
        self, queue: str, passed: Sequence[Mapping[str, Any]], age_ms: int
    ) -> list[Mapping[str, Any]]:
        """What is asked of agents in the last of these steps, of what is so old."""
        found: list[Mapping[str, Any]] = []
        own = self.queues.get(queue)
        ways = {own: self.pools[own]} if own else {}
        for pool in self.groups.get(queue, ()):
            name = f"{queue}/{pool}"
            ways[name] = {"all": [{"group": name}, self.pools[pool]]}
        for step in passed:
            if step.get("pool"):
                ways.setdefault(step["pool"], self.pools[step["pool"]])
        if ways:
            found.append({"any": list(ways.values())})
        if self.has_profiles:
            found.append(self._profiles(queue, age_ms))
        return found

    def _profiles(self, queue: str, age_ms: int) -> Mapping[str, Any]:
        """To have a profile that serves what is so old, or none; of a reserve while it is open."""
        delays, reserves = self.delays_ms.get(queue, {}), self.reserves.get(queue, {})
        begun: dict[int, list[str]] = {}
        for name, delay_ms in delays.items():
            if delay_ms <= age_ms:
                begun.setdefault(reserves[name], []).append(name)
        always = _listed(_NO_PROFILE + " || ", begun.pop(0, ()), otherwise=_NO_PROFILE)
        while_open = [
            {
                "all": [
                    {"group": f"{queue}/reserve {level}"},
                    _listed("has(agent.profile) && ", names, otherwise="false"),
                ]
            }
            for level, names in sorted(begun.items())
        ]
        return {"any": [always, *while_open]} if while_open else always

    def next_ms(self, queue: str, age_ms: int) -> int | None:
        """The next age at which further agents serve the queue."""
        delays = self.delays_ms.get(queue, {}).values()
        return min((delay_ms for delay_ms in delays if delay_ms > age_ms), default=None)


def read_membership(document: Mapping[str, Any], scales: Mapping[str, Scale]) -> Membership:
    """Pools and profiles of a policy document."""
    profiles = document.get("profiles") or {}
    delays_ms: dict[str, dict[str, int]] = {}
    reserves: dict[str, dict[str, int]] = {}
    for name, profile in profiles.items():
        for queue, served in (profile.get("queues") or {}).items():
            delay_ms = thousandths(served.get("delay_s", 0.0))
            delays_ms.setdefault(queue, {})[name] = delay_ms
            reserves.setdefault(queue, {})[name] = served.get("reserve", 0)
    return Membership(
        pools={name: _pool(one, scales) for name, one in (document.get("pools") or {}).items()},
        queues={name: queue.get("pool") or "" for name, queue in document["queues"].items()},
        delays_ms=delays_ms,
        has_profiles=bool(profiles),
        groups={
            name: [group["pool"] for group in activation.get("groups") or ()]
            for name, queue in document["queues"].items()
            if (activation := queue.get("activation"))
        },
        reserves=reserves,
    )


def _pool(pool: Mapping[str, Any], scales: Mapping[str, Scale]) -> Mapping[str, Any]:
    parts: list[Mapping[str, Any]] = []
    if pool.get("profiles"):
        parts.append(_listed("has(agent.profile) && ", pool["profiles"], otherwise="false"))
    parts += all_inside(pool.get("require") or (), scales)
    return parts[0] if len(parts) == 1 else {"all": parts}


def _listed(begin: str, names: Iterable[str], *, otherwise: str) -> Mapping[str, Any]:
    """An agent whose profile is among these; several expressions, where one would be too long."""
    texts = [f"{begin}agent.profile in [{part}]" for part in _parts(begin, sorted(names))]
    leaves: list[Mapping[str, Any]] = [{"expression": text} for text in texts or [otherwise]]
    return leaves[0] if len(leaves) == 1 else {"any": leaves}


def _parts(begin: str, names: list[str]) -> Iterator[str]:
    room = _LONGEST - len(f"{begin}agent.profile in []")
    part: list[str] = []
    for name in names:
        if part and len(", ".join([*part, f'"{name}"'])) > room:
            yield ", ".join(part)
            part = []
        part.append(f'"{name}"')
    if part:
        yield ", ".join(part)
