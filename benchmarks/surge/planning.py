"""From a scenario to the plan of a run: everything drawn, in the run's own nanoseconds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.scenario.document import ContactType, Scenario
from benchmarks.scenario.errors import ScenarioError
from benchmarks.scenario.people import OwnTime, Person, Scaled, Worker
from benchmarks.scenario.policies import policy_of
from benchmarks.scenario.streams import stream
from benchmarks.scenario.workload import Contact, contacts
from benchmarks.surge.capability import can_serve
from benchmarks.surge.plan import NEVER, AgentPlan, Contacts, Plan, TypePlan
from benchmarks.surge.retrials import with_retrials

__all__ = ("CONTACTS_MAX", "plan_of")

CONTACTS_MAX: Final = 2_000_000
PROFILES_MAX: Final = 64
NOT_OF_A_KIND: Final = {"id", "group", "count", "shifts"}
NOT_OF_A_PROFILE: Final = {*NOT_OF_A_KIND, "skills", "maximums", "capacity", "share", "attributes"}
NS: Final = 1_000_000_000

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


def plan_of(scenario: Scenario, seed: int) -> Plan:
    """The plan of a scenario, whose seconds are real ones.

    Raises ``ScenarioError`` for what cannot be played live.
    """
    _check_playable(scenario)
    drawn = list(_limited(scenario, seed))
    if not drawn:
        raise ScenarioError("nobody gets in touch before horizon_s")
    policy = policy_of(scenario)
    kinds = _Alike(scenario.people, NOT_OF_A_KIND)
    profiles = _Alike(scenario.people, NOT_OF_A_PROFILE)
    if len(profiles.workers) > PROFILES_MAX:
        raise ScenarioError(
            f"{len(profiles.workers)} kinds of agents by handle times, at most {PROFILES_MAX} can "
            "be played live"
        )
    return Plan(
        types=[_type_plan(scenario, policy, name) for name in scenario.types],
        agents=[
            _agent_plan(person, kind, profile)
            for person, kind, profile in zip(
                scenario.people, kinds.numbers, profiles.numbers, strict=True
            )
        ],
        serves=[
            [can_serve(worker, kind) for kind in scenario.types.values()]
            for worker in kinds.workers
        ],
        contacts=with_retrials(
            _contacts(scenario.types, drawn, profiles.workers, seed), scenario.types, seed
        ),
    )


class _Alike:
    """Agents who are alike in what is not left out: each such worker once, and whose is which."""

    def __init__(self, people: Sequence[Person], left_out: set[str]) -> None:
        known: dict[str, int] = {}
        self.workers: list[Worker] = []
        self.numbers: list[int] = []
        by_identity: dict[int, int] = {}
        for person in people:
            worker = person.worker
            number = by_identity.get(id(worker))
            if number is None:
                alike = json.dumps(worker.model_dump(mode="json", exclude=left_out))
                number = by_identity[id(worker)] = known.setdefault(alike, len(known))
                if number == len(self.workers):
                    self.workers.append(worker)
            self.numbers.append(number)


def _check_playable(scenario: Scenario) -> None:
    if scenario.places is not None or any(k.places is not None for k in scenario.types.values()):
        raise ScenarioError(
            "places: a limit on who may wait is the policy's when played live; "
            "give a policy with overflow (docs/overflow.md)"
        )
    if any(person.worker.breaks is not None for person in scenario.people):
        raise ScenarioError("breaks are simulated only; say when agents are there with shifts")


def _limited(scenario: Scenario, seed: int) -> list[Contact]:
    drawn = []
    for contact in contacts(scenario, seed):
        drawn.append(contact)
        if len(drawn) > CONTACTS_MAX:
            raise ScenarioError(f"more than {CONTACTS_MAX:,} contacts; make horizon_s shorter")
    return drawn


def _type_plan(scenario: Scenario, policy: Mapping[str, Any], name: str) -> TypePlan:
    kind = scenario.types[name]
    create: dict[str, Any] = {"channel": kind.channel, "priority": kind.priority}
    if kind.queue is not None:
        create["queue"] = kind.queue
    if kind.requirements:
        create["requirements"] = [each.model_dump(mode="json") for each in kind.requirements]
    if kind.attributes:
        create["attributes"] = dict(kind.attributes)
    channel = policy["channels"][kind.channel]
    return TypePlan(
        name=name,
        channel=kind.channel,
        queue=kind.queue or policy.get("default_queue", ""),
        create=create,
        threshold_s=scenario.thresholds_of(name)[0],
        knows_as=kind.preferred.kind if kind.preferred else "last_agent",
        wraps_up=bool(channel.get("wrap_up_s")) or channel.get("wrap_up") == "open",
    )


def _agent_plan(person: Person, kind: int, profile: int) -> AgentPlan:
    worker = person.worker
    login: dict[str, Any] = {"skills": dict(worker.skills)}
    for name in ("maximums", "attributes"):
        if getattr(worker, name):
            login[name] = dict(getattr(worker, name))
    for name in ("profile", "capacity"):
        if getattr(worker, name) is not None:
            login[name] = getattr(worker, name)
    if worker.share != 1:
        login["share"] = worker.share
    return AgentPlan(
        login=login,
        kind=kind,
        profile=profile,
        decline_share=worker.decline_share,
        no_answer_share=worker.no_answer_share,
        shifts_ns=[(_ns(shift.from_s), _ns(shift.until_s)) for shift in worker.shifts],
    )


def _contacts(
    types: Mapping[str, ContactType],
    drawn: Sequence[Contact],
    profiles: Sequence[Worker],
    seed: int,
) -> Contacts:
    columns = dict(zip(Contact._fields, zip(*drawn, strict=True), strict=True))
    of_type = np.array(columns["kind"], dtype=np.int32)
    patience_s = np.array(columns["patience_s"], dtype=np.float64)
    shares = {
        "handle": np.array(columns["handle_share"], dtype=np.float64),
        "wrap_up": np.array(columns["wrap_up_share"], dtype=np.float64),
    }
    usual = {
        "handle": np.array(columns["handle_s"], dtype=np.float64),
        "wrap_up": np.array(columns["wrap_up_s"], dtype=np.float64),
    }
    answers = stream(seed, "live", "answer").random(len(drawn))

    def times(purpose: str) -> Times:
        each = [
            _durations(purpose, types, of_type, usual[purpose], shares[purpose], worker)
            for worker in profiles
        ]
        return _all_ns(np.stack(each, axis=1))

    return Contacts(
        at_ns=_all_ns(np.array(columns["at_s"], dtype=np.float64)),
        type_of=of_type,
        patience_ns=np.where(
            np.isfinite(patience_s),
            _all_ns(np.nan_to_num(patience_s, posinf=0)),
            NEVER,
        ),
        answer_ns=_all_ns(np.stack([_answers(w, answers) for w in profiles], axis=1)),
        handle_ns=times("handle"),
        wrap_up_ns=times("wrap_up"),
        chance=stream(seed, "live", "chance").random(len(drawn)),
        knows=np.array(columns["knows"], dtype=np.int32),
        again=np.full(len(drawn), NEVER, dtype=np.int32),
        after_ns=np.zeros(len(drawn), dtype=np.int64),
    )


def _durations(
    purpose: str,
    types: Mapping[str, ContactType],
    of_type: NDArray[np.int32],
    usual_s: Floats,
    shares: Floats,
    worker: Worker,
) -> Floats:
    """How long each contact takes agents of one profile, in s."""
    own: dict[str, OwnTime] = getattr(worker, purpose)
    factor: float = getattr(worker, f"{purpose}_factor")
    took_s = usual_s * factor
    for number, name in enumerate(types):
        if name not in own:
            continue
        chosen, time = of_type == number, own[name]
        if isinstance(time, Scaled):
            took_s[chosen] = usual_s[chosen] * time.factor * factor
        else:
            took_s[chosen] = time.quantiles(shares[chosen]) * factor
    return took_s


def _answers(worker: Worker, shares: Floats) -> Floats:
    return np.zeros(len(shares)) if worker.answer is None else worker.answer.quantiles(shares)


def _all_ns(seconds: Floats) -> Times:
    return np.rint(seconds * NS).astype(np.int64)


def _ns(seconds: float) -> int:
    return round(seconds * NS)
