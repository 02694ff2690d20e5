"""The tables of an export: what each holds, column by column. docs/analysis.md is made of it.

A version counts changes that a query may notice: a column that goes, or means something else.
Columns may be added without one.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

__all__ = ("SCHEMA_VERSION", "TABLES", "Column", "Kind", "Table")

SCHEMA_VERSION: Final = 1

Kind: TypeAlias = Literal["text", "json", "integer", "yes/no", "time"]
"""``json`` is text; ``time`` is a moment in UTC, to the millisecond."""


class Column(NamedTuple):
    """One column; where it says nothing, it is null."""

    name: str
    kind: Kind
    meaning: str


class Table(NamedTuple):
    """One table; ``date`` names the column whose day (UTC) says in which directory a row stands."""

    name: str
    meaning: str
    date: str
    columns: tuple[Column, ...]


_INTERACTION: Final = (
    Column("interaction_id", "text", "which interaction"),
    Column("conversation_id", "text", "the matter that it belongs to, over all media"),
    Column("customer_id", "text", "whose it is"),
    Column("channel", "text", "its medium"),
    Column("queue", "text", "its line of business at that time"),
)

_EVENTS: Final = Table(
    "events",
    "One row for each event of the journal.",
    "happened",
    (
        Column("record_id", "text", "the journal record, `<epoch>-<lsn>`"),
        Column("epoch", "integer", "which lead; with `lsn` and `number` the order of all events"),
        Column("lsn", "integer", "the record's number within the epoch"),
        Column("number", "integer", "the event's place in its record, from 0"),
        Column("happened", "time", "when"),
        Column("happened_ms", "integer", "the same, in milliseconds since 1970"),
        Column("type", "text", "what happened, as docs/events.md lists it"),
        Column("cause", "text", "the command that caused it, by its inbound id, as in the audit"),
        *_INTERACTION,
        Column("from_queue", "text", "of an event that moves an interaction: where it was before"),
        Column("agent_id", "text", "which agent"),
        Column("offer_id", "text", "which offer"),
        Column("reason", "text", "why, in words"),
        Column("outcome", "text", "what came of it, in words"),
        Column("waited_ms", "integer", "how long the interaction had waited"),
        Column("handled_ms", "integer", "how long the conversation took"),
        Column(
            "counted_as",
            "text",
            "what `onequeue stats` counts it as: `offered`, `moved`, `answered_in_target`, "
            "`answered_late`, `abandoned`, `abandoned_short`, `called_off`, `diverted`",
        ),
        Column("payload", "json", "the whole event, with every field"),
    ),
)

_INTERACTIONS: Final = Table(
    "interactions",
    "One row for each interaction that is over.",
    "ended",
    (
        *_INTERACTION,
        Column("first_queue", "text", "the queue in which it began"),
        Column("label", "text", "what a rule has called it"),
        Column("priority", "integer", "its priority in the end"),
        Column("linked_to", "text", "the interaction that it is linked to"),
        Column("link_kind", "text", "how: `consult`, `conference`, `moved`, `reopened` …"),
        Column("producer", "text", "who has sent it"),
        Column("policy_version", "integer", "the policy in force when it came"),
        Column("created", "time", "when it came"),
        Column("created_ms", "integer", "the same, in milliseconds since 1970"),
        Column("origin_ms", "integer", "since when its age counts"),
        Column("ended", "time", "when it was over, wrap-up included"),
        Column("ended_ms", "integer", "the same, in milliseconds since 1970"),
        Column("ending", "text", "`wrapped_up`, `cancelled` or `diverted`"),
        Column("reason", "text", "why it was cancelled"),
        Column("outcome", "text", "what the last agent said came of it"),
        Column("diverted_to", "text", "what outside it was for"),
        Column("abandoned", "text", "`abandoned`, `abandoned_short` or `called_off`"),
        Column("answered", "yes/no", "whether an agent ever accepted it"),
        Column("answered_ms", "integer", "when the first did"),
        Column("waited_ms", "integer", "how long until then, or until it was cancelled"),
        Column("in_target", "yes/no", "whether the first answer came in time"),
        Column("target_ms", "integer", "the wait that was allowed it at the first answer"),
        Column("agent_id", "text", "who had it last"),
        Column("agents", "integer", "how many agents had it"),
        Column("segments", "integer", "how many assignments it had"),
        Column("transfers", "integer", "how many of them ended without completion"),
        Column("moves", "integer", "how often its queue changed"),
        Column("offers", "integer", "how many offers were made"),
        Column("declined", "integer", "how many were declined"),
        Column("expired", "integer", "how many were not answered"),
        Column("rescinded", "integer", "how many were withdrawn"),
        Column("handle_ms", "integer", "agents' time with it, wrap-up included"),
        Column("wrap_up_ms", "integer", "the wrap-up in that"),
        Column("attributes", "json", "its attributes when it came"),
    ),
)

_SEGMENTS: Final = Table(
    "segments",
    "One row for each assignment that is over: an interaction with one agent.",
    "ended",
    (
        *_INTERACTION,
        Column("agent_id", "text", "who had it"),
        Column("offer_id", "text", "the offer that they accepted"),
        Column("number", "integer", "the how-manieth of its interaction, from 1"),
        Column("accepted", "time", "when it began"),
        Column("accepted_ms", "integer", "the same, in milliseconds since 1970"),
        Column("waited_ms", "integer", "how long the interaction had waited then"),
        Column("ended", "time", "when it was over, wrap-up included"),
        Column("ended_ms", "integer", "the same, in milliseconds since 1970"),
        Column("ending", "text", "`completed`, or `requeued`: the interaction went on to others"),
        Column("reason", "text", "why it was requeued"),
        Column("outcome", "text", "what the agent said came of it"),
        Column("handle_ms", "integer", "from acceptance to the end"),
        Column("wrap_up_ms", "integer", "the wrap-up in that"),
    ),
)

_OFFERS: Final = Table(
    "offers",
    "One row for each offer that is over.",
    "ended",
    (
        *_INTERACTION,
        Column("offer_id", "text", "which offer"),
        Column("agent_id", "text", "to whom"),
        Column("issued", "time", "when it was made"),
        Column("issued_ms", "integer", "the same, in milliseconds since 1970"),
        Column("ended", "time", "when it was over"),
        Column("ended_ms", "integer", "the same, in milliseconds since 1970"),
        Column("ending", "text", "`accepted`, `declined`, `expired` or `rescinded`"),
        Column("reason", "text", "why it was declined or withdrawn"),
        Column("cost", "integer", "the capacity that was reserved"),
        Column("trigger", "text", "who looked for whom, as docs/explain.md says"),
        Column("policy_version", "integer", "the policy that decided"),
        Column("urgency_ppm", "integer", "how urgent it was, in millionths"),
        Column("candidates", "integer", "how many agents could take it"),
        Column("score_ppm", "integer", "the agent's score, and its terms below"),
        Column("skill_ppm", "integer", "skill fit"),
        Column("history_ppm", "integer", "history with this customer"),
        Column("load_ppm", "integer", "free capacity"),
        Column("idle_ppm", "integer", "time without work"),
    ),
)

_AGENT_STATES: Final = Table(
    "agent_states",
    "One row for each time that an agent stood in one status and activity, once it is over.",
    "ended",
    (
        Column("agent_id", "text", "which agent"),
        Column("status", "text", "`available`, `unavailable` or `not_responding`"),
        Column("activity", "text", "what the agent said that they do"),
        Column("reason", "text", "why, in words"),
        Column("began", "time", "from when"),
        Column("began_ms", "integer", "the same, in milliseconds since 1970"),
        Column("ended", "time", "to when"),
        Column("ended_ms", "integer", "the same, in milliseconds since 1970"),
    ),
)

_POLICIES: Final = Table(
    "policy_versions",
    "One row for each policy that came into force.",
    "began",
    (
        Column("version", "integer", "its number"),
        Column("began", "time", "from when it was in force"),
        Column("began_ms", "integer", "the same, in milliseconds since 1970"),
        Column("changed_by", "text", "who changed it"),
        Column("comment", "text", "why"),
        Column("policy", "json", "the whole document"),
    ),
)

TABLES: Final[dict[str, Table]] = {
    table.name: table
    for table in (_EVENTS, _INTERACTIONS, _SEGMENTS, _OFFERS, _AGENT_STATES, _POLICIES)
}
"""By name."""
