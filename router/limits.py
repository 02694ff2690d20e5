"""Limits on everything that can grow, each with its reason.

A limit is part of the contract (docs/protocol.md lists them): input beyond one is refused with a
reason, never cut short in silence.
"""

from __future__ import annotations

from typing import Final

COMMAND_BYTES_MAX: Final = 262_144
"""One inbound entry. Room for 64 KiB of attributes, a policy of a large center, and slack."""

ATTRIBUTES_BYTES_MAX: Final = 65_536
"""Attributes of one interaction, packed. TaskRouter stops at 4,096 characters, too few for mail."""

NESTING_MAX: Final = 32
"""Depth of attributes; deeper input is an attack, not data."""

IDENTIFIER_MAX: Final = 128
VERSION_MAX: Final = 64
"""The version that a command names: ours have 16 characters, and none has more than this."""

REQUIREMENTS_MAX: Final = 32
REQUIREMENT_NODES_MAX: Final = 64
REQUIREMENT_DEPTH_MAX: Final = 8
"""Nodes and depth of one requirement that is a tree: more than a person can keep in mind."""

QUEUES_PASSED_MAX: Final = 10
"""Queues from which overflow, or last steps of workflows, may send one interaction on."""

EXPRESSION_CHARACTERS_MAX: Final = 1_024
EXPRESSION_DEPTH_MAX: Final = 16
"""Brackets within brackets; the library gives up at some 80, by the size of the stack."""

EXPRESSION_STEPS_MAX: Final = 2_048
"""Tokens of an expression, each as often as it may be evaluated for one agent."""

EXPRESSION_SUMS_MAX: Final = 8
"""Plus signs in an expression: each may join lists, and so copy them."""

LIST_ITEMS_MAX: Final = 64
"""Items of a list that an expression may go over: an agent's, or one that it reads of an
interaction."""

VALUE_CHARACTERS_MAX: Final = 2_048
"""What an expression reads of one interaction, written out. It is part of the demand's key."""

ROOMS_MAX: Final = 64
"""Channels and labels of channels: who has room for what is one bit of 64."""

OFFERS_AT_ONCE_MAX: Final = 50
"""Agents who may be asked for one interaction at once: as many as TaskRouter reserves."""

OFFERS_PER_AGENT_MAX: Final = 1_000
RESCUE_AFTER_MAX: Final = 1_000
"""Offers of one interaction that may fail before its rescue queue takes it."""

OFFER_HOLD_S_MAX: Final = 3_600
WRAP_UP_EXTENSION_S_MAX: Final = 3_600
CONDITIONS_MAX: Final = 1_024
"""Different trees and expressions that may be asked for at once: each is one more to evaluate when
an agent signs in."""

AGENT_ATTRIBUTES_MAX: Final = 64
AGENT_ATTRIBUTES_BYTES_MAX: Final = 4_096
"""Attributes of one agent, packed: as many as TaskRouter takes."""

HISTORY_FACTS_MAX: Final = 20
"""As many as Genesys Cloud takes preferred agents."""

INSTRUCTIONS_MAX: Final = 32
INSTRUCTION_CHARACTERS_MAX: Final = 1_000
"""Instructions of a channel or a queue to the media layer: each offer carries them."""

NOTES_MAX: Final = 50
NOTE_CHARACTERS_MAX: Final = 1_000
"""Notes kept of one open interaction: an offer shows them all, as much as attributes may be."""

EXCLUDED_AGENTS_MAX: Final = 100
AGENT_SKILLS_MAX: Final = 1_000
PRIORITY_MAX: Final = 100
LEVEL_MAX: Final = 100
CAPACITY_MAX: Final = 1_000_000
CHANNEL_MAXIMUM_MAX: Final = 1_000
SHARE_MAX: Final = 100

QUEUE_PRIORITY_MAX: Final = 99
"""The last place that a profile gives a queue among those that its agents serve."""

IDLE_MAX: Final = 1_000
"""Conversations of one agent that are idle or waking: they hold no capacity, which would bound
them."""

ORIGIN_AGE_MS_MAX: Final = 366 * 24 * 3_600_000
"""How far back a command may set the origin of an interaction's age: a year and a day."""

ORIGIN_AHEAD_MS_MAX: Final = 60_000
"""How far an origin may lie ahead of its command, and counts as the command's own time: clocks
differ, and Redis' own may be set back between an edge and inbound."""

BATCH_COMMANDS_MAX: Final = 256
"""Commands that the engine takes in one batch: bounds the time to the first offer of a batch."""

BATCH_TIMERS_MAX: Final = 40
"""Timers that fire for one record: a few milliseconds, however many are due. What is left over
fires with the records after it, while commands go on."""

BATCH_CHOICES_MAX: Final = 64
"""Choices made for one record, whether or not they end in an offer, and agents passed over in them:
a few milliseconds, however much is looked at anew (a start, a surge). What is left over is matched
in the next record (``partial``), before anything else is taken up."""

WORK_ENTRIES_MAX: Final = 1_024
"""Work entries that are written again with one record."""

FINISHED_KEPT_MAX: Final = 100_000
FINISHED_KEPT_MS: Final = 3_600_000
"""Ended interactions and offers are remembered this long, so that a repeated create does not make
a second interaction and a late answer is told what happened; media adapters own anything longer."""

FORGOTTEN_AT_ONCE: Final = 16
"""Of those beyond these limits, how many are forgotten when another one ends."""

POLICY_AT_ONCE_MAX: Final = 256
"""Agents and open interactions for which a new policy's index is built at once, in a few
milliseconds; for more it is built beside the one in force (router/migration.py)."""

MIGRATED_AT_ONCE: Final = 128
"""How many interactions, or half as many agents, are put into that index between two batches: some
2 ms."""

LOOKED_AT_AT_ONCE: Final = 48
"""Agents who are looked at anew with a batch once a new policy is in force."""

RECLASSIFIED_AT_ONCE: Final = 64
"""Interactions that are classified anew with a batch."""

LET_GO_AT_ONCE: Final = 2_000
"""Entries of the old policy's index that are let go with a batch: some tenths of a millisecond."""

DEAD_LETTERS_MAX: Final = 10_000
DEAD_LETTER_PAYLOAD_BYTES: Final = 4_096

JOURNAL_BYTES_MAX: Final = 4 * 1024**3
"""Default byte limit of the journal; past it, new interactions are refused with
``intake_closed``."""

OPEN_QUOTA_MAX: Final = 10_000_000
CREATES_PER_S_MAX: Final = 100_000
CREATES_BURST_MAX: Final = 1_000_000
PRODUCERS_MAX: Final = 256
"""Quotas that a policy may set, and producers to which it may give one of their own; all others
share one."""

INBOUND_ENTRIES_MAX: Final = 100_000
INBOUND_AGE_MS_MAX: Final = 30_000
"""Commands that may wait, and for how long: past either, new interactions are refused with
``overloaded``. Some 30 MB of the server's memory, and as long as an offer stands."""

RECENT_RECORDS_MAX: Final = 16_384
RECENT_BYTES_MAX: Final = 64 * 1024**2
"""What a router remembers of its own records and their work entries, to write them again if a
replica is promoted that lacks them. Redis drops a replica that lags by 64 MB for a minute."""

UNDELIVERED_MAX: Final = 10_000
"""Work entries that could not be written and are kept to be written later. An inbox of which too
many wait only gets the offers that are open when it can be written to again."""

WORK_RETENTION_MS: Final = 3_600_000
"""Work entries older than this (or twice the longest offer, if that is more) are trimmed."""

QUEUES_TIMED_MAX: Final = 4_096
"""Queues whose departures are remembered, some 3 KiB each, so that waits can be estimated."""

KINDS_TIMED_MAX: Final = 1_024
"""Kinds of work (queue and channel) whose last spells are remembered, some 5 KiB each."""

JOINT_CELLS_MAX: Final = 65_536
"""Cells of the largest joint assignment: a few hundred microseconds, and exact in doubles
(scoring/assignment.py)."""
