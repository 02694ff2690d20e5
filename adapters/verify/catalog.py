"""Every check of the checker: its stable code, the group it is counted in, what a violation means.

Codes are part of the output that people script against: none is renamed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ("CHECKS", "GROUPS", "Check")


class Check(NamedTuple):
    """One check: the group whose facts it looks at, and what is wrong when it fails."""

    group: str
    meaning: str


GROUPS: Final[dict[str, str]] = {
    "records": "journal records in an unbroken chain",
    "conservation": "events that keep each interaction in exactly one state",
    "agents": "events that keep each agent in one state",
    "one_owner": "answers and endings by the one who holds the work",
    "capacity": "offers within the agent's capacity",
    "eligibility": "offers to agents who may serve",
    "work_conservation": "records that leave no free agent beside work they may serve",
    "timers": "timers that fire on time",
    "age": "ages that survive requeueing, oldest first",
    "decisions": "decision records that add up",
    "estimates": "places and waits that are as they were told",
    "versions": "versions that were told, matched or refused",
    "work_streams": "work entries that have their journaled event",
}
"""Groups in the order of the report, with what one counted fact is."""


def _group(group: str, **meanings: str) -> dict[str, Check]:
    return {code: Check(group, meaning) for code, meaning in meanings.items()}


CHECKS: Final[dict[str, Check]] = {
    **_group(
        "records",
        record_malformed="a record is not a msgpack map with the documented fields",
        event_malformed="an event has no known type, lacks a field, or has one of a wrong type",
        record_format="a record has a format that this checker does not know",
        record_id="record ids do not count up as <epoch>-<lsn>",
        record_leader="an epoch does not begin with its one leader_started, alone",
        record_chain="a record does not carry the hash of the record before it",
        record_time="a record's time is lower than that of the record before it",
        record_position="the inbound position went back, or disagrees with what was consumed",
        record_limit="a record holds more commands or offers than the protocol allows",
        policy_version="policy versions do not count up by one",
        reclassification="something was classified anew by nobody's policy, or into no queue of it",
        policy_announced="a policy came into force or was dropped otherwise than it was announced",
    ),
    **_group(
        "conservation",
        interaction_created_twice="an interaction was created while it was open or remembered",
        interaction_created_wrong="an interaction was created with an unknown channel or queue, an "
        "origin after its creation, or a sequence that does not grow",
        quota_exceeded="an interaction was created beyond a quota of the tenant or its producer",
        interaction_unknown="an event names an interaction that was never created, or is forgotten",
        interaction_finished="an event moves an interaction that has already ended",
        command_missing="an event that only a command can cause has none",
        interaction_state="an event moves an interaction from a state in which it cannot happen",
        note_wrong="a note is empty or too long, or one more than are kept of an open interaction",
    ),
    **_group(
        "agents",
        agent_unknown="an event names an agent who is not logged in and holds no work",
        agent_state="an event moves an agent from a state in which it cannot happen",
        agent_expiry="an offer expired and its agent was not marked as not responding",
        sign_off_wrong="an agent was logged out by time too early, with work in hand, or unasked",
        sign_off_overdue="an agent of whom nothing was heard for long enough is still logged in",
        offer_left_open="an offer stayed open although its agent or interaction had gone",
    ),
    **_group(
        "one_owner",
        offer_repeated="an offer id was issued twice",
        offer_unknown="an answer names an offer that was never issued, or is forgotten",
        offer_answered_twice="an offer was answered or ended more than once",
        offer_answered_late="an offer was answered after its time, and had not expired",
        offer_refused_in_time="an accept that arrived in time was refused: the offer had expired",
        offer_not_yours="an answer names another agent or interaction than its offer",
        not_the_owner="work was completed, wrapped up or requeued for one who does not hold it",
    ),
    **_group(
        "capacity",
        capacity_cost="an offer's cost is not the channel's cost in the policy in force",
        capacity_exceeded="an offer takes its agent over the capacity",
        capacity_maximum="an offer takes its agent over the maximum of the channel",
        capacity_label="an offer takes its agent over the maximum of a label of the channel",
        capacity_closed="an offer is of a channel that its agent has closed",
        capacity_offers="an agent got more open offers than the policy allows",
        capacity_exclusive="an offer puts an exclusive channel beside other work",
        capacity_claimed="an offer went to an agent while a conversation of theirs was waking",
        idle_wrong="a conversation went idle where it keeps its capacity, or woke with room that "
        "its agent did not have",
        claim_passed_over="a waking conversation was left waiting beside room, or overtaken",
    ),
    **_group(
        "eligibility",
        offer_unavailable="an offer went to an agent who was not available",
        offer_unasked="an offer past all filters that no command has asked for",
        offer_unskilled="an offer went to an agent who lacks a hard requirement",
        offer_excluded="an offer went to an agent whom the interaction excludes, or who has one of "
        "it already",
        offer_too_few="an offer was made when fewer agents could be asked at once than its queue "
        "wants",
        offer_due_elsewhere="an offer went to an agent for whom something else that looked for one "
        "comes first",
        offer_before_retry="an offer went back to an agent before the exclusion was over",
        exclusion_early="an exclusion ended before its time",
        exclusion_unknown="an exclusion ended that was not running",
        step_wrong="a step of a workflow is not the one of the interaction's age, asks for "
        "something else than the policy in force, or keeps it for agents who will not be free",
        attempt_wrong="an attempt to call back is not the next one, not of who has it, or the "
        "callback was given up too soon or elsewhere than its channel says",
        group_wrong="a group of a queue opened or closed otherwise than its conditions say",
        rescue_wrong="an interaction was moved to a rescue queue too early, or to another than its "
        "queue names",
        overflow_wrong="an arrival was passed on or diverted as no overflow rule of its queue says",
    ),
    **_group(
        "work_conservation",
        work_conservation="a free agent and an interaction that they may serve were left waiting",
    ),
    **_group(
        "timers",
        offer_expired_early="an offer expired before its time",
        offer_expiry="an offer's expiry is not its record's time plus the channel's offer_ttl_s",
        wrap_up_wrong="a wrap-up is not of its channel's length, or was extended where none is",
        wrap_up_early="a timer ended a wrap-up before its time",
        step_early="a timer ended a step of a workflow before its time",
        review_early="the groups of a queue were looked at before it was time",
        requirement_expiry="requirements expired before their time, or others than those whose "
        "time had come",
        suspension_early="a timer ended a suspension, or told of it, before its time",
        suspension_wrong="a suspension ended by no time of its own, or told another inbox",
        wake_wrong="a conversation waited for room for another time than its channel says",
        timer_overdue="a timer was due long ago and has not fired",
    ),
    **_group(
        "age",
        waited="a waited_ms is not the time since the interaction's origin",
        origin_moved="an origin after a suspension is not the one before, later by the time aside "
        "(the same, where the place was kept)",
        oldest_first="an interaction was offered before an older one that is equal in all else "
        "(a newer one, where the queue's order is newest_first)",
    ),
    **_group(
        "decisions",
        decision_counts="the counts of a decision do not add up, or are not the floor's",
        decision_winner="the first of the best candidates is not the agent who got the offer",
        decision_order="the best candidates are not in the order of score, turn and id",
        decision_tie_break="a decision says something else than what decided between equal scores",
        decision_terms="a score or one of its terms is not what docs/matching.md gives",
        decision_policy="a decision names another policy version than the one in force",
        decision_urgency="the urgency of a decision is not what docs/matching.md gives",
        decision_chosen="a decision names nobody who has chosen, one for whom it does not come "
        "first, or how early it comes wrongly",
    ),
    **_group(
        "estimates",
        position_wrong="a place that was told, or a number of those who wait, is not the queue's",
        estimate_wrong="a wait that was told is not what docs/waits.md gives",
    ),
    **_group(
        "versions",
        version_wrong="a version is not that of the interaction or agent at that moment",
        version_refused_wrong="a command was refused for a version that was the right one",
    ),
    **_group(
        "work_streams",
        work_malformed="a work entry cannot be read",
        work_unjournaled="a work entry has no journaled event: it was visible before the journal",
        work_mismatch="a work entry says something else than its journaled event",
        work_inbox="a work entry stands in an inbox that was not the agent's",
        work_repeated="a work entry was written again without a takeover or a login",
        work_missing="a journaled event has no work entry",
    ),
}
