"""Work entries against the events that they report.

An entry and its event may be given in any order. Where the work streams were read before the
journal (:class:`Retained` says so), an event is compared as soon as it is over and then dropped,
and one that has no entry although its stream still reaches back to it is reported. Else the newest
200,000 events are kept until the end, and nothing is said about missing entries.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from adapters.verify.findings import Findings
from adapters.verify.wire import Unreadable, read_work_entry, split_id

__all__ = ("Deliveries", "Fact", "Retained", "told_as")

_KEPT_MAX: Final = 200_000
_TOLD: Final = ("due", "stepped", "wait_estimated", "version_told")
_KINDS: Final = frozenset(("offer", "assigned", "offer_over", "released", *_TOLD))
"""Entries that are compared; agent_state, confirmed and rejected only have to be readable."""


class Retained(NamedTuple):
    """What the work streams held when they were read, before the journal was.

    ``upto`` is the last record that the journal had before the first work stream was read.
    ``from_ms`` gives for each inbox the time from which its entries are still there (0: all are);
    an inbox that is not in it has kept nothing older than ``default_from_ms``.
    """

    upto: str
    from_ms: Mapping[str, int]
    default_from_ms: int


class _Entry(NamedTuple):
    inbox: str
    entry_id: str
    interaction_id: str
    agent_id: str
    detail: tuple[Any, ...]
    waited_ms: int
    expires_ms: Any


@dataclass(slots=True, eq=False)
class Fact:
    """What an event lets a gateway see: the entry that must be, or may be, in a work stream."""

    kind: str
    key: str
    interaction_id: str
    agent_id: str
    detail: tuple[Any, ...]
    place: tuple[str, int]
    inboxes: set[str]
    required: bool
    waited_ms: int = 0
    resends: int = 0
    """How often it may stand again: after takeovers, and after logins of its agent."""
    """Leaders that have started while it was open: each may have written it once more."""
    expiries: set[int] = field(default_factory=set)
    """When an offer runs out: as it was issued, and as it was held."""
    entries: list[_Entry] = field(default_factory=list)

    @property
    def ids(self) -> dict[str, str]:
        """Whom it concerns."""
        ids = {"interaction_id": self.interaction_id, "agent_id": self.agent_id}
        return ids if self.kind == "released" else {"offer_id": self.key, **ids}


@dataclass(slots=True)
class _Releases:
    """Releases of one interaction by one agent for one reason, or times that it was due, or that
    the same was told of its wait: told apart by nothing but count."""

    events: int = 0
    required: int = 0
    place: tuple[str, int] = ("", -1)
    entries: list[_Entry] = field(default_factory=list)


class Deliveries:
    """Pairs work entries with the facts that they report."""

    def __init__(self, findings: Findings, retained: Retained | None) -> None:
        self._findings = findings
        self._retained = retained
        self._upto = split_id(retained.upto) if retained else (0, 0)
        self._kept_max = 0 if retained else _KEPT_MAX
        self._facts: dict[tuple[str, str], Fact] = {}
        self._over: deque[Fact] = deque()
        self._pending: dict[tuple[str, str], list[_Entry]] = {}
        self._releases: dict[tuple[str, str, str], _Releases] = {}
        self.entries = 0

    def requires(self, inbox: str, record_id: str, now_ms: int) -> bool:
        """Whether the entry of an event of a record must still be in the inbox."""
        if self._retained is None:
            return False
        from_ms = self._retained.from_ms.get(inbox, self._retained.default_from_ms)
        # an entry in the very millisecond of the first one kept may have been trimmed before it
        reaches = from_ms == 0 or now_ms > from_ms
        return reaches and split_id(record_id) <= self._upto

    def entry(self, inbox: str, entry_id: str, fields: dict[bytes, bytes]) -> None:
        """Take one entry of a work stream."""
        self.entries += 1
        self._findings.facts["work_streams"] += 1
        try:
            value = read_work_entry(fields)
            if value["type"] in _KINDS:
                self._place(value, _entry(inbox, entry_id, value))
        except Unreadable as error:
            self._findings.add_at((f"{inbox}/{entry_id}", -1), "work_malformed", str(error))

    def open(self, fact: Fact) -> None:
        """An event calls for an entry; compared when :meth:`close` says that it is over."""
        self._facts[fact.kind, fact.key] = fact
        fact.entries += self._pending.pop((fact.kind, fact.key), ())

    def close(self, fact: Fact) -> None:
        """No more entries are to come for a fact."""
        self._over.append(fact)
        if len(self._over) > self._kept_max:
            self._compare(self._over.popleft())

    def released(self, fact: Fact) -> None:
        """An event calls for a ``released`` entry; ``fact.key`` is the reason."""
        key = (fact.interaction_id, fact.agent_id, fact.key)
        releases = self._releases.get(key)
        if releases is None:
            if self._retained is not None and not fact.required:
                return
            releases = self._releases[key] = _Releases()
        releases.events += 1
        releases.required += fact.required
        releases.place = fact.place

    def finish(self, open_facts: list[Fact], *, journal_cut: bool) -> None:
        """Compare what is left; with ``journal_cut`` entries may report what was not read."""
        for fact in (*self._over, *open_facts):
            self._compare(fact)
        self._over.clear()
        for key, releases in self._releases.items():
            self._compare_releases(key, releases, journal_cut=journal_cut)
        if journal_cut:
            return
        for (kind, _), entries in self._pending.items():
            for entry in entries:
                self._report(entry, "work_unjournaled", f"no event has caused this {kind}")

    def _place(self, value: dict[str, Any], entry: _Entry) -> None:
        kind = value["type"]
        if kind in ("released", *_TOLD):
            reason = _text(value, "reason") if kind == "released" else told_as(value)
            key = (entry.interaction_id, entry.agent_id, reason)
            self._releases.setdefault(key, _Releases()).entries.append(entry)
            return
        fact = self._facts.get((kind, _text(value, "offer_id")))
        if fact is not None:
            fact.entries.append(entry)
        else:
            self._pending.setdefault((kind, value["offer_id"]), []).append(entry)

    def _compare(self, fact: Fact) -> None:
        self._facts.pop((fact.kind, fact.key), None)
        if not fact.entries and fact.required:
            inboxes = " or ".join(sorted(fact.inboxes))
            message = f"no {fact.kind} entry in inbox {inboxes}"
            self._findings.add_at(fact.place, "work_missing", message, **fact.ids)
        for entry in fact.entries:
            self._compare_entry(fact, entry)
        later = sum(entry.waited_ms != fact.waited_ms for entry in fact.entries)
        if len(fact.entries) > 1 + fact.resends or later > fact.resends:
            message = f"{len(fact.entries)} entries, {fact.resends} takeovers and logins"
            self._report(fact.entries[-1], "work_repeated", message, **fact.ids)

    def _compare_entry(self, fact: Fact, entry: _Entry) -> None:
        said = (entry.interaction_id, entry.agent_id, *entry.detail)
        journaled = (fact.interaction_id, fact.agent_id, *fact.detail)
        in_time = not fact.expiries or entry.expires_ms in fact.expiries
        if said != journaled or not in_time or entry.waited_ms < fact.waited_ms:
            message = (
                f"says {said}, waited_ms {entry.waited_ms}, expires_ms {entry.expires_ms}; "
                f"the journal {journaled}, {fact.waited_ms}, {sorted(fact.expiries)}"
            )
            self._report(entry, "work_mismatch", message, **fact.ids)
        if entry.inbox not in fact.inboxes:
            message = f"the agent's inbox was {' or '.join(sorted(fact.inboxes))}"
            self._report(entry, "work_inbox", message, **fact.ids)

    def _compare_releases(
        self, key: tuple[str, str, str], releases: _Releases, *, journal_cut: bool
    ) -> None:
        ids = {"interaction_id": key[0], "agent_id": key[1]}
        found = len(releases.entries)
        if found > releases.events and not journal_cut:
            message = f"{found} entries ({key[2]}), {releases.events} such events"
            self._report(releases.entries[-1], "work_unjournaled", message, **ids)
        elif found < releases.required:
            message = f"{found} entries ({key[2]}), {releases.required} such events"
            self._findings.add_at(releases.place, "work_missing", message, **ids)

    def _report(self, entry: _Entry, code: str, message: str, **ids: str) -> None:
        ids = ids or {"interaction_id": entry.interaction_id, "agent_id": entry.agent_id}
        self._findings.add_at((f"{entry.inbox}/{entry.entry_id}", -1), code, message, **ids)


def told_as(value: Mapping[str, Any]) -> str:
    """What an event, or the entry of one, tells of an interaction to no agent."""
    if value["type"] == "due" or value["type"] == "interaction_due":
        return "due"
    if value["type"] == "stepped" or value["type"] == "interaction_stepped":
        return f"step {value.get('step')} {value.get('name')!r}"
    version = value.get("version") or ""
    if value["type"] == "version_told":
        return f"{value.get('agent_id')} {value.get('state')}, version {version}"
    waits = (value.get(f"wait_ms{end}") for end in ("", "_low", "_high"))
    known = [wait for wait in waits if wait not in (None, -1)]
    place = f"place {value.get('position')} of {value.get('waiting')}"
    return f"{place}, in {known or 'no known'} ms, version {version}"


def _entry(inbox: str, entry_id: str, value: dict[str, Any]) -> _Entry:
    kind = value["type"]
    waited_ms: Any = 0
    detail: tuple[Any, ...] = ()
    if kind == "offer":
        detail = tuple(value.get(name) for name in ("channel", "queue", "history_ppm"))
        waited_ms = value.get("waited_ms")
    elif kind == "offer_over":
        detail = (value.get("outcome"),)
    return _Entry(
        inbox=inbox,
        entry_id=entry_id,
        interaction_id=_text(value, "interaction_id"),
        agent_id="" if kind in _TOLD else _text(value, "agent_id"),
        detail=detail,
        waited_ms=max(0, waited_ms) if type(waited_ms) is int else -1,
        expires_ms=value.get("expires_ms"),
    )


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str):
        message = f"a {value['type']} entry lacks its field {name!r}"
        raise Unreadable(message)
    return found
