"""The one queue against a plain list: heads, personal lists, slots that come and go."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from queues.classes import SPARE_CLASSES_MAX
from queues.entry import Entry
from queues.one_queue import OneQueue
from queues.ordered import OrderedEntries
from queues.orders import order_rule
from queues.personal import OWN_FIELDS
from queues.urgency import urgency_ppm

AGENTS = st.sampled_from(["anna", "bert", "cleo"])


class QueueMachine(RuleBasedStateMachine):
    """Adds and removes entries; the model is a dict that is sorted anew each time."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = OneQueue()
        self.model: dict[str, tuple[str, Entry, dict[str, int]]] = {}
        self.sequence = 0

    @rule(
        key=st.sampled_from("ABCD"),
        order_key=st.integers(-5, 5),
        preferred=st.dictionaries(AGENTS, st.sampled_from([50_000, 600_000]), max_size=2),
    )
    def add(self, key: str, order_key: int, preferred: dict[str, int]) -> None:
        self.sequence += 1
        slot, _ = self.queue.classes.intern(key, channel=0, target_ms=1_000)
        entry = Entry(order_key, self.sequence, f"i{self.sequence}", slot)
        self.queue.add(entry, tuple(preferred.items()))
        self.model[entry.interaction_id] = (key, entry, preferred)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        interaction_id = data.draw(st.sampled_from(sorted(self.model)))
        _, _, preferred = self.model.pop(interaction_id)
        self.queue.remove(interaction_id, tuple(preferred.items()))

    @invariant()
    def heads_are_the_oldest(self) -> None:
        classes = self.queue.classes
        for key in "ABCD":
            entries = sorted(e for k, e, _ in self.model.values() if k == key)
            slot, new = self.queue.classes.intern(key, channel=0, target_ms=1_000)
            assert classes.waiting[slot] == bool(entries)
            if entries:
                assert not new
                assert classes.head_key[slot] == entries[0].order_key
                assert classes.head_sequence[slot] == entries[0].sequence
                assert classes.entries(slot).head() == entries[0]

    @invariant()
    def personal_lists_hold_what_prefers_the_agent(self) -> None:
        for agent in ("anna", "bert", "cleo"):
            own = self.queue.personal.of(agent)
            found = sorted(
                tuple(own[at : at + OWN_FIELDS]) for at in range(0, len(own), OWN_FIELDS)
            )
            assert found == sorted(
                (entry.slot, ppm, entry.order_key, entry.sequence)
                for _, entry, preferred in self.model.values()
                if (ppm := preferred.get(agent))
            )

    @invariant()
    def all_are_there(self) -> None:
        assert len(self.queue) == len(self.model)
        assert all(interaction_id in self.queue for interaction_id in self.model)


QueueMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestQueueMachine = QueueMachine.TestCase


def test_spare_slots_are_given_again_and_busy_ones_never() -> None:
    queue = OneQueue()
    busy, _ = queue.classes.intern("busy", channel=0, target_ms=1)
    queue.add(Entry(0, 1, "waits", busy), ())
    many = range(3 * SPARE_CLASSES_MAX)
    slots = [queue.classes.intern(n, channel=0, target_ms=1)[0] for n in many]
    assert busy not in slots
    assert queue.classes.size <= SPARE_CLASSES_MAX + 2
    assert queue.classes.intern("busy", channel=0, target_ms=1) == (busy, False)


def test_priority_moves_the_origin_back_by_shares_of_the_target() -> None:
    order_key = order_rule("urgency", 20_000, 500, 1_000).order_key(100_000, 3)
    assert order_key == 100_000 - 30_000
    assert urgency_ppm(100_000, order_key, 20_000) == 1_500_000


def test_a_letter_and_a_call_stand_in_one_order() -> None:
    day_ms = 86_400_000
    letter = urgency_ppm(3 * day_ms, 0, 3 * day_ms)
    call = urgency_ppm(3 * day_ms, 3 * day_ms - 15_000, 20_000)
    assert letter > call


def test_an_entry_is_found_by_its_place() -> None:
    entries = OrderedEntries()
    for key in (5, 1, 3):
        entries.add(Entry(key, 10 * key, f"i{key}"))
    assert entries.at(3, 30).interaction_id == "i3"


def test_a_queue_is_let_go_of_a_little_at_a_time_until_nothing_is_left() -> None:
    queue = OneQueue()
    slot, _ = queue.classes.intern("A", channel=0, target_ms=1_000)
    for number in range(1_000):
        entry = Entry(number, number, f"i{number}", slot)
        queue.add(entry, ((f"agent-{number}", 50_000),))
    lengths = [len(queue)]
    while queue.dismantle(100):
        lengths.append(len(queue))
    assert len(queue) == 0
    assert len(lengths) > 20, "entries, and who is preferred, go one after the other"
    assert not queue.personal.of("agent-7")
