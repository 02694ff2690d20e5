"""The figures of a run, made of what its processes have noted once nothing runs any more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.surge.facts import FactKind, Facts, read_facts
from benchmarks.surge.ledger import Ledger, Samples, keep_ledger
from benchmarks.surge.plan import Plan

__all__ = ("Facts", "Measured", "measured")

NONE: Final = -1
MS: Final = 1_000_000

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Measured:
    """Columns of a run. Times are ns of the monotonic clock; by contact, :data:`NONE` where
    something has not happened."""

    plan: Plan
    generator: Facts
    agents: Facts
    opens_ns: int
    over_ns: int
    counts_from_ns: int
    """What came before is the warm-up: it is in no figure."""

    @cached_property
    def ledger(self) -> Ledger:
        """When an agent was free for an arrival, and work for an agent; the warm-up is in it."""
        return keep_ledger(self.plan, np.concatenate((self.generator, self.agents)))

    @cached_property
    def matching(self) -> Samples:
        """Matching latencies."""
        return self._counted(self.ledger.matching)

    @cached_property
    def idle(self) -> Samples:
        """Idle gaps."""
        return self._counted(self.ledger.idle)

    @cached_property
    def came_ns(self) -> Numbers:
        """When each contact was to come, if it was sent."""
        return self._by_contact(self.generator, FactKind.SENT)

    @cached_property
    def acknowledged_ns(self) -> Numbers:
        """When the server's answer to each create was read."""
        return self._by_contact(self.generator, FactKind.ACKNOWLEDGED)

    @cached_property
    def answered_ns(self) -> Numbers:
        """When each was accepted for good: the agent's last acceptance."""
        return self._by_contact(self.agents, FactKind.ACCEPTED, is_last=True)

    @cached_property
    def freed_ns(self) -> Numbers:
        """When the work on each was to end."""
        return self._by_contact(self.agents, FactKind.FREED, is_last=True)

    @cached_property
    def released_ns(self) -> Numbers:
        """When it was readable that each was over."""
        return self._by_contact(self.agents, FactKind.RELEASED, is_last=True)

    @cached_property
    def gave_up_ns(self) -> Numbers:
        """When each customer gave up; who was served after all has not."""
        gave_up = self._by_contact(self.generator, FactKind.GAVE_UP)
        return np.where(self.released_ns == NONE, gave_up, NONE)

    @cached_property
    def counts(self) -> NDArray[np.bool_]:
        """Which contacts came after the warm-up."""
        return self.came_ns >= self.counts_from_ns

    @cached_property
    def waited_ns(self) -> Numbers:
        """How long those waited who were answered; :data:`NONE` for the others."""
        return np.where(self.answered_ns == NONE, NONE, self.answered_ns - self.came_ns)

    def relay(self, *, is_quiet: bool) -> Samples:
        """How long probes took, from when they were due: in the quiet parts, or beside the run."""
        sent = self.generator[self.generator[:, 0] == FactKind.PROBE_SENT]
        read = self.agents[self.agents[:, 0] == FactKind.PROBE_READ]
        read_ns = np.full(int(sent[:, 1].max(initial=-1)) + 1, NONE, dtype=np.int64)
        read_ns[read[:, 1]] = read[:, 3]
        chosen = sent[(sent[:, 2] == int(is_quiet)) & (read_ns[sent[:, 1]] != NONE)]
        took_ns = read_ns[chosen[:, 1]] - chosen[:, 3]
        return Samples(chosen[:, 3].tolist(), took_ns.tolist())

    @cached_property
    def generator_lag_ns(self) -> Numbers:
        """How late each create left."""
        sent = self.generator[self.generator[:, 0] == FactKind.SENT]
        sent = sent[sent[:, 3] >= self.counts_from_ns]
        lag_ns: Numbers = sent[:, 4] - sent[:, 3]
        return lag_ns

    @cached_property
    def reading_lag_ns(self) -> Numbers:
        """How late the agents' process may have read each batch of entries while the run lasted: a
        bound."""
        late_ns: Numbers = self.agents[self.agents[:, 0] == FactKind.TURN, 3]
        return late_ns

    @cached_property
    def deed_lag_ns(self) -> Numbers:
        """How late what agents do left, without the warm-up and what all do at once in the end."""
        deeds = self.agents[np.isin(self.agents[:, 0], DEEDS)]
        hung_up = self.agents[self.agents[:, 0] == FactKind.HUNG_UP, 3]
        until_ns = hung_up.min(initial=np.iinfo(np.int64).max)
        deeds = deeds[(deeds[:, 3] >= self.counts_from_ns) & (deeds[:, 3] < until_ns)]
        late_ns: Numbers = deeds[:, 4] - deeds[:, 3]
        return late_ns

    def refused(self) -> int:
        """How many of the agents' commands were rejected."""
        return int(np.count_nonzero(self.agents[:, 0] == FactKind.REFUSED))

    def _counted(self, samples: Samples) -> Samples:
        began = np.array(samples.began_ns, dtype=np.int64)
        counts = began >= self.counts_from_ns
        took = np.array(samples.took_ns, dtype=np.int64)[counts]
        return Samples(began[counts].tolist(), took.tolist())

    def _by_contact(self, facts: Facts, kind: FactKind, *, is_last: bool = False) -> Numbers:
        times = np.full(len(self.plan.contacts), NONE, dtype=np.int64)
        chosen = facts[facts[:, 0] == kind]
        # of several with one number NumPy keeps the last
        chosen = chosen if is_last else chosen[::-1]
        times[chosen[:, 1]] = chosen[:, 3]
        return times


DEEDS: Final = [
    FactKind.ACCEPTED,
    FactKind.DECLINED,
    FactKind.COMPLETED,
    FactKind.FREED,
]


def measured(
    plan: Plan, directory: Path, *, opens_ns: int, over_ns: int, warm_up_ns: int
) -> Measured:
    """What the processes have left in a directory."""
    return Measured(
        plan=plan,
        generator=read_facts(directory / "generator.facts"),
        agents=read_facts(directory / "agents.facts"),
        opens_ns=opens_ns,
        over_ns=over_ns,
        counts_from_ns=opens_ns + warm_up_ns,
    )
