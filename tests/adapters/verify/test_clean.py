"""Right journals pass: no false alarm."""

from __future__ import annotations

import pytest

from adapters.verify import Checker, Report, Retained
from tests.adapters.verify import (
    planted_holds,
    planted_labels,
    planted_sign_off,
    planted_times,
    planted_turns,
    planted_versions,
    planted_waits,
)
from tests.adapters.verify.planted_quotas import just_as_many
from tests.adapters.verify.story import POLICY, Event, Story, requirement


def assert_clean(story: Story, retained: Retained | None = None) -> Report:
    report = story.check(retained=retained)
    assert [str(violation) for violation in report.violations] == []
    assert report.clean
    return report


def at_work(*agents: str) -> Story:
    story = Story()
    story.record(*(e for a in agents for e in story.log_in(a)), consumed=len(agents))
    return story


def test_an_empty_journal_is_clean() -> None:
    report = Checker().finish()
    assert report.clean
    assert report.records == 0


def test_the_whole_life_of_an_interaction() -> None:
    story = at_work("ann").wait(100)
    story.record(story.create("i", "voice"), story.offer("o", "i", "ann"), consumed=1)
    story.wait(20_000)  # in the very millisecond in which it would expire
    story.record(story.accept("o", cause=f"{story.now_ms}-0"), consumed=1)
    story.wait(60_000).record(story.complete("i", "ann", 30_000), consumed=1)
    story.wait(30_000).record(story.wrap_up("i", "ann", "timer"))
    report = assert_clean(story)
    assert report.interactions == {
        "created": 1,
        "queued": 0,
        "suspended": 0,
        "offered": 0,
        "assigned": 0,
        "idle": 0,
        "waking": 0,
        "wrap_up": 0,
        "completed": 1,
        "cancelled": 0,
        "diverted": 0,
    }
    assert report.records == 7
    assert report.facts["records"] == 7
    assert report.first_record == "1-0"
    assert report.last_record == "1-6"


def test_an_agent_who_declines_gets_it_again_when_the_exclusion_is_over() -> None:
    story = at_work("ann").wait(10)
    story.record(story.create("i"), story.offer("o", "i", "ann"), consumed=1)
    story.wait(10).record(story.decline("o", 5_000), consumed=1)
    ended = {"type": "exclusion_ended", "interaction_id": "i", "agent_id": "ann"}
    story.wait(5_000).record(ended, story.offer("p", "i", "ann"))
    assert assert_clean(story).interactions["offered"] == 1


def test_a_step_goes_on_when_agents_of_a_profile_are_let_in() -> None:
    story = planted_times.served(20)
    listed = {"expression": '!has(agent.profile) || agent.profile in ["line"]'}
    stepped = {"type": "interaction_stepped", "interaction_id": "i", "step": 1, "priority": 0}
    story.wait(20_000).record(stepped | {"requirements": [listed]})
    assert_clean(story)


def test_an_exclusion_of_no_length_is_none() -> None:
    story = at_work("ann").wait(10)
    story.record(story.create("i"), story.offer("o", "i", "ann"), consumed=1)
    story.wait(10).record(story.decline("o", 0), story.offer("p", "i", "ann"), consumed=1)
    assert_clean(story)


def test_an_expired_offer_leaves_the_agent_alone() -> None:
    story = at_work("ann").wait(10)
    story.record(
        story.create("i"),
        story.create("j"),
        story.offer("o", "i", "ann"),
        story.offer("p", "j", "ann"),
        consumed=2,
    )
    story.wait(20_000).record(*story.expire("o"), story.rescind("p"))
    assert assert_clean(story).interactions["queued"] == 2


def test_an_answer_whose_id_lies_ahead_of_a_clock_that_was_set_back_arrives_now() -> None:
    story = Story()
    story.record(*story.log_in("ann"), story.create("i"), story.offer("o", "i", "ann"))
    story.wait(1_000)
    ahead = f"{story.now_ms + 60_000}-0"
    story.record(story.accept("o", cause=ahead), consumed=1, position=ahead)
    assert_clean(story)


def test_a_cancelled_interaction_takes_its_offer_with_it() -> None:
    story = at_work("ann").wait(10)
    story.record(story.create("i"), story.offer("o", "i", "ann"), consumed=1)
    story.wait(10)
    story.record(story.rescind("o"), story.cancel("i"), consumed=1)
    assert assert_clean(story).interactions["cancelled"] == 1


def test_work_in_hand_outlives_the_login() -> None:
    story = at_work("ann").wait(10)
    story.record(story.create("i"), story.offer("o", "i", "ann"), consumed=1)
    story.wait(10).record(story.accept("o"), consumed=1)
    story.record(story.become("agent_logged_out", "ann"), consumed=1)
    story.record(story.complete("i", "ann"), story.wrap_up("i", "ann"), consumed=1)
    story.wait(10).record(*story.log_in("ann"), consumed=1)
    assert_clean(story)


def test_a_requeued_interaction_keeps_its_age_and_its_agent_is_free() -> None:
    story = at_work("ann").wait(10)
    story.record(story.create("i"), story.offer("o", "i", "ann"), consumed=1)
    story.wait(1_000).record(story.accept("o"), consumed=1)
    story.wait(1_000).record(story.requeue("i", "ann"), story.offer("p", "i", "ann"), consumed=1)
    story.wait(1_000).record(story.accept("p", waited_ms=3_000), consumed=1)
    assert_clean(story)


def test_several_channels_side_by_side_up_to_the_limits() -> None:
    story = at_work("ann").wait(10)
    names = ["chat", "chat", "chat", "letter", "letter"]
    for number, channel in enumerate(names):
        created = story.create(f"i{number}", channel)
        story.record(created, story.offer(f"o{number}", f"i{number}", "ann"), consumed=1)
    # a fourth chat, a third letter and a call do not fit and wait
    for number, channel in enumerate(["chat", "letter", "voice"], start=5):
        story.record(story.create(f"i{number}", channel), consumed=1)
    assert assert_clean(story).interactions["queued"] == 3


def test_skills_are_asked_of_nobody_who_lacks_them() -> None:
    story = Story()
    story.record(*story.log_in("ann", skills={"french": 2}), *story.log_in("bob"), consumed=2)
    story.wait(10).record(story.create("i", requirements=[requirement(level=3)]), consumed=1)
    changed = {"type": "agent_skills_changed", "agent_id": "bob", "skills": {"french": 4}}
    story.agents["bob"]["skills"] = {"french": 4}
    decision = story.decision(
        story.interactions["i"], "bob", logged_in=2, lacking_skill=1, trigger="agent"
    )
    story.record(changed, story.offer("o", "i", "bob", decision=decision), consumed=1)
    assert_clean(story)


def test_an_update_may_open_an_interaction_to_more_agents() -> None:
    story = at_work("ann").wait(10)
    story.record(story.create("i", requirements=[requirement()]), consumed=1)
    story.interactions["i"] = story.interactions["i"] | {"requirements": [], "priority": 0}
    updated = {
        "type": "interaction_updated",
        "interaction_id": "i",
        "priority": 0,
        "requirements": [],
    }
    story.record(updated, story.offer("o", "i", "ann"), consumed=1)
    assert_clean(story)


def test_an_id_may_come_back_when_an_hour_has_passed() -> None:
    story = Story()
    story.record(story.create("i"), consumed=1)
    story.record(story.cancel("i"), consumed=1)
    story.wait(3_600_000).record(story.create("i"), consumed=1)
    assert assert_clean(story).interactions["created"] == 2


def test_a_cut_record_and_a_takeover_may_leave_work_for_the_next() -> None:
    story = at_work("ann").wait(10)
    story.record(story.create("i"), consumed=1, partial=True)
    story.take_lead()
    story.record(story.offer("o", "i", "ann"))
    assert_clean(story)


def test_a_younger_one_may_go_first_where_the_older_excludes_the_agent() -> None:
    """best_interaction(a) may be younger, where the older one excludes a; best_agent may be b."""
    story = Story()
    older = story.create("older", excluded_agents=["ann"])
    story.record(older, consumed=1)
    story.wait(1_000).record(story.create("younger"), consumed=1)
    story.wait(1_000)
    logins = [*story.log_in("ann"), *story.log_in("bob", skills={"french": 5})]
    # ann's turn is first; both are equal for "younger" and the lower id wins
    first = story.decision(story.interactions["younger"], "ann", "bob", trigger="agent")
    first["tie_break"] = "agent_id"
    offer = story.offer("o", "younger", "ann", decision=first)
    second = story.decision(older, "bob", logged_in=2, excluded=1, trigger="agent")
    story.record(*logins, offer, story.offer("p", "older", "bob", decision=second), consumed=2)
    assert_clean(story)


def test_after_an_hour_of_downtime_timers_fire_late_and_nobody_is_blamed() -> None:
    story = at_work("ann").wait(10)
    story.record(
        *(story.create(f"i{n}") for n in range(3)),
        *(story.offer(f"o{n}", f"i{n}", "ann") for n in range(3)),
        consumed=3,
    )
    story.wait(3_600_000).take_lead()
    story.record({"type": "intake_changed", "open": True})
    story.record(*story.expire("o0"), story.rescind("o1"), story.rescind("o2"))
    story.wait(60_000).record()
    assert_clean(story)


def test_quotas_that_are_just_kept() -> None:
    assert_clean(just_as_many())


def test_work_entries_that_match_their_events() -> None:
    story = at_work("ann").wait(10)
    story.record(story.create("i"), story.offer("o", "i", "ann"), consumed=1)
    ids = {"interaction_id": "i", "agent_id": "ann"}
    offer = {
        "offer_id": "o",
        **ids,
        "channel": "chat",
        "queue": "general",
        "expires_ms": story.offers["o"]["expires_ms"],
        "history_ppm": 0,
    }
    story.work("desk", "offer", **offer, waited_ms=0)
    story.wait(1_000).take_lead()
    story.work("desk", "offer", **offer, waited_ms=1_000)
    story.wait(1_000).record(story.accept("o"), consumed=1)
    story.work("desk", "assigned", offer_id="o", **ids)
    story.record(story.requeue("i", "ann"), story.offer("p", "i", "ann"), consumed=1)
    story.work("desk", "released", **ids, reason="requeued")
    story.work("desk", "offer", **offer | {"offer_id": "p", "expires_ms": story.now_ms + 20_000},
               waited_ms=2_000)  # fmt: skip
    story.record(story.rescind("p"), story.cancel("i"), consumed=1)
    over = {"offer_id": "p", **ids, "outcome": "rescinded", "reason": "test"}
    story.work("desk", "offer_over", **over)
    story.work("desk", "agent_state", agent_id="ann", state="available", reason="")
    upto = story.records[-1][0]
    report = assert_clean(story, Retained(upto, {"desk": 0}, 0))
    assert report.work_entries == 7
    # in the other order, as a simulation has them
    checker = Checker()
    for record in story.records:
        checker.record(*record)
    for entry in story.entries:
        checker.work_entry(*entry)
    assert checker.finish().clean


def test_an_entry_may_go_to_where_its_agent_has_just_logged_in() -> None:
    story = at_work("ann").wait(10)
    story.record(story.create("i", excluded_agents=["ann"]), consumed=1)
    story.record(story.create("j"), story.offer("o", "j", "ann"), consumed=1)
    login = {"type": "agent_logged_in", "agent_id": "ann", "inbox": "home", "capacity": 100}
    logout = story.become("agent_logged_out", "ann")
    story.record(story.accept("o"), login, logout, consumed=3)
    ids = {"offer_id": "o", "interaction_id": "j", "agent_id": "ann"}
    story.work("home", "assigned", **ids)
    assert_clean(story)


def test_entries_that_were_trimmed_or_not_yet_written_are_not_missed() -> None:
    story = at_work("ann").wait(10)
    story.record(story.create("i"), story.offer("o", "i", "ann"), consumed=1)
    trimmed = Retained(story.records[-1][0], {"desk": story.now_ms}, 0)
    assert_clean(story, trimmed)
    too_early = Retained(story.records[-2][0], {"desk": 0}, 0)
    assert_clean(story, too_early)
    no_stream = Retained(story.records[-1][0], {}, story.now_ms)
    assert_clean(story, no_stream)


def test_the_policy_says_what_things_cost_at_the_time_of_the_offer() -> None:
    story = at_work("ann").wait(10)
    story.record(story.create("i"), story.offer("o", "i", "ann"), consumed=1)
    dearer = POLICY | {"channels": POLICY["channels"] | {"chat": {"cost": 70, "maximum": 3}}}
    story.record({"type": "policy_replaced", "version": 2, "policy": dearer}, consumed=1)
    decision = story.decision(story.create("j"), "ann", policy_version=2)
    offer = story.offer("p", "j", "ann", decision=decision, cost=70)
    story.record(story.interactions["j"], offer, consumed=1)
    assert_clean(story)


@pytest.mark.parametrize("kind", ["rejected", "repeated", "confirmed"])
def test_answers_to_commands_move_nothing(kind: str) -> None:
    story = Story()
    words = {"command": "create", "target": "i", "code": "c", "detail": "d", "reply_to": "r"}
    story.record({"type": kind, "cause": "1-1", **words}, consumed=1)
    assert assert_clean(story).events == 3


@pytest.mark.parametrize(
    "story",
    [
        planted_turns.round_robin(*planted_turns.ROUND_ROBIN),
        planted_turns.target_share(*planted_turns.TARGET_SHARE),
        planted_turns.newest_first("newer", "older"),
        planted_turns.by_grade(("ann", "bob", "by_attributes")),
        planted_turns.by_grade(("ann", "bob", "agent_id"), equal=True),
        planted_turns.by_chance(),
        planted_turns.buckets("gold", "plain"),
    ],
    ids=[
        "round_robin",
        "target_share",
        "newest_first",
        "by_grade",
        "equal_grades",
        "random",
        "buckets",
    ],
)
def test_turns_and_orders_of_a_queue(story: Story) -> None:
    assert assert_clean(story).facts["decisions"]


def test_who_was_away_is_owed_no_more_than_the_others() -> None:
    story = planted_turns.target_share(*planted_turns.TARGET_SHARE[:2])
    story.record(*story.log_in("cyd"), consumed=1)
    # bob stands at one half of an offer, and cyd with him; ann at a whole one
    created = story.wait(10).create("last")
    decision = planted_turns.decided(story, created, "bob", "cyd", "ann", tie_break="agent_id")
    story.record(created, story.offer("o", "last", "bob", decision=decision), consumed=1)
    assert_clean(story)


@pytest.mark.parametrize(
    "event",
    [
        planted_versions.TOLD | {"version": planted_versions.right_of_i()},
        planted_versions.MATCHED | {"version": planted_versions.right_of_i()},
        planted_versions.REFUSED | {"version": planted_versions.right_of_ann()},
    ],
    ids=lambda event: str(event["type"]),
)
def test_versions_as_the_page_has_them(event: Event) -> None:
    assert assert_clean(planted_versions.waiting(**event)).facts["versions"] == 1


def test_a_version_that_was_told_is_compared_with_what_the_inbox_got() -> None:
    told = planted_versions.TOLD | {"version": planted_versions.right_of_i(), "reply_to": "crm"}
    story = planted_versions.waiting(**told)
    entry = {**told, "agent_id": "", "command_id": ""}
    story.work("crm", entry.pop("type"), **entry)
    retained = Retained(story.records[-1][0], {"desk": story.now_ms, "crm": 0}, 0)
    assert_clean(story, retained)
    story.work("crm", "version_told", **entry | {"version": planted_versions.WRONG})
    report = story.check(retained=retained)
    assert list(report.by_code) == ["work_unjournaled"]


def test_what_was_told_of_a_wait_is_compared_with_what_the_inbox_got() -> None:
    story = planted_waits.busy_queue()
    told = planted_waits.TOLD | {"reply_to": "ivr", "command_id": "7"}
    story.record(told, consumed=1)
    entry = {name: value for name, value in told.items() if name != "type"}
    story.work("ivr", "wait_estimated", **entry)
    retained = Retained(story.records[-1][0], {"desk": story.now_ms, "ivr": 0}, 0)
    assert assert_clean(story, retained).facts["estimates"] == 1
    story.work("ivr", "wait_estimated", **entry | {"position": 1})
    report = story.check(retained=retained)
    assert list(report.by_code) == ["work_unjournaled"]


def test_a_label_limits_its_own_kind() -> None:
    assert_clean(planted_labels.first_of_two())


def test_who_was_quiet_for_long_enough_is_signed_off() -> None:
    assert_clean(planted_sign_off.signed_off(planted_sign_off.at_hand().wait(3_600_000)))


@pytest.mark.parametrize(("lasted_ms", "step"), [(30_000, 2), (55_000, 1)])
def test_a_hold_by_when_its_agent_will_be_free(lasted_ms: int, step: int) -> None:
    assert_clean(planted_holds.comes(planted_holds.busy(lasted_ms), step))


@pytest.mark.parametrize("step", [1, 2])
def test_documents_without_a_word_about_that_have_been_followed_in_both_ways(step: int) -> None:
    story = planted_holds.busy(30_000, planted_holds.BEFORE)
    assert_clean(planted_holds.comes(story, step))
