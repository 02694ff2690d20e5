"""Customers, who they are, and what was folded from the journal."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

__all__ = ("upgrade",)

revision = "0001"
down_revision = None


def upgrade() -> None:
    """To this revision."""
    _people()
    _folded()
    _written()


def _people() -> None:
    op.create_table(
        "positions",
        _tenant(), _name("record_id"), _given("record_hash", sa.LargeBinary(8)), _ms("at_ms"),
        _ms("records"), _ms("writer"),
        sa.PrimaryKeyConstraint("tenant"),
    )  # fmt: skip
    op.create_table(
        "customers",
        _tenant(), *map(_name, ("customer_id", "person_id", "merged_into", "owner")),
        *map(_ms, ("owner_since_ms", "first_seen_ms", "last_seen_ms")),
        sa.PrimaryKeyConstraint("tenant", "customer_id"),
    )  # fmt: skip
    op.create_index("customers_of_person", "customers", ["tenant", "person_id"])
    op.create_table(
        "identities",
        _tenant(), _name("medium"), _given("address", sa.String(320)), _name("customer_id"),
        _ms("since_ms"), _name("source"),
        sa.PrimaryKeyConstraint("tenant", "medium", "address"),
    )  # fmt: skip
    op.create_index("identities_of_customer", "identities", ["tenant", "customer_id"])
    op.create_table(
        "identity_changes",
        _serial(), _tenant(), *map(_name, ("kind", "customer_id", "other_id")), _ms("at_ms"),
        _name("made_by"), _words("reason"), _given("details", sa.JSON()),
        sa.PrimaryKeyConstraint("number"),
    )  # fmt: skip
    op.create_index("changes_of_customer", "identity_changes", ["tenant", "customer_id"])
    op.create_index("changes_of_other", "identity_changes", ["tenant", "other_id"])


def _folded() -> None:
    op.create_table(
        "conversations",
        _tenant(), _name("conversation_id"), _name("customer_id"), _ms("first_ms"), _ms("last_ms"),
        sa.PrimaryKeyConstraint("tenant", "conversation_id"),
    )  # fmt: skip
    op.create_index(
        "conversations_of_customer", "conversations", ["tenant", "customer_id", "last_ms"]
    )
    op.create_table(
        "segments",
        _tenant(), _key("sequence", sa.BigInteger()),
        *map(_name, ("interaction_id", "customer_id", "named_customer_id", "conversation_id")),
        *map(_name, ("channel", "queue", "label", "state", "agent_id")),
        *map(_ms, ("created_ms", "origin_ms", "accepted_ms", "waited_ms", "handled_ms")),
        _ms("ended_ms"), _words("outcome"), _words("reason"), _count("offers"), _count("handlings"),
        sa.PrimaryKeyConstraint("tenant", "sequence"),
    )  # fmt: skip
    op.create_index("segments_of_conversation", "segments", ["tenant", "conversation_id"])
    op.create_index("segments_of_customer", "segments", ["tenant", "customer_id", "sequence"])
    op.create_index("segments_of_interaction", "segments", ["tenant", "interaction_id", "sequence"])
    op.create_table(
        "handlings",
        _tenant(), _key("sequence", sa.BigInteger()), _key("number", sa.Integer()),
        _name("agent_id"), _ms("accepted_ms"), _ms("ended_ms"), _name("ended_by"),
        _ms("handled_ms"), _words("outcome"), _words("reason"),
        sa.PrimaryKeyConstraint("tenant", "sequence", "number"),
    )  # fmt: skip
    op.create_table(
        "notes",
        _serial(), _tenant(), _ms("sequence"), _ms("at_ms"), _name("author"), _words("text"),
        sa.PrimaryKeyConstraint("number"),
    )  # fmt: skip
    op.create_index("notes_of_segment", "notes", ["tenant", "sequence"])


def _written() -> None:
    op.create_table(
        "outcomes",
        _serial(), _tenant(),
        *map(_name, ("customer_id", "conversation_id", "interaction_id", "agent_id", "queue")),
        _ms("at_ms"), _name("kind"), _words("outcome"),
        sa.Column("score", sa.Float(), nullable=True), _name("source"),
        sa.PrimaryKeyConstraint("number"),
    )  # fmt: skip
    op.create_index("outcomes_of_customer", "outcomes", ["tenant", "customer_id", "at_ms"])
    op.create_table(
        "offers_made",
        _tenant(), _name("offer_made_id"), _name("customer_id"), _words("name"), _name("status"),
        _ms("made_ms"), _ms("changed_ms"), _ms("until_ms"), _name("agent_id"),
        _name("conversation_id"),
        sa.PrimaryKeyConstraint("tenant", "offer_made_id"),
    )  # fmt: skip
    op.create_index("offers_made_to_customer", "offers_made", ["tenant", "customer_id", "made_ms"])
    op.create_table(
        "issues",
        _tenant(), _name("issue_id"), _name("customer_id"), _words("title"), _name("queue"),
        _name("conversation_id"), _given("blocks_selling", sa.Boolean()), _ms("opened_ms"),
        _name("opened_by"), _ms("resolved_ms"), _name("resolved_by"),
        sa.PrimaryKeyConstraint("tenant", "issue_id"),
    )  # fmt: skip
    op.create_index("issues_of_customer", "issues", ["tenant", "customer_id", "opened_ms"])
    op.create_table(
        "preferences",
        _tenant(), _name("customer_id"), _name("name"), _words("value"), _ms("changed_ms"),
        _name("changed_by"),
        sa.PrimaryKeyConstraint("tenant", "customer_id", "name"),
    )  # fmt: skip
    op.create_table(
        "moved_conversations",
        _tenant(), _name("conversation_id"), _name("customer_id"),
        sa.PrimaryKeyConstraint("tenant", "conversation_id"),
    )  # fmt: skip


def _given(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _key(name: str, kind: sa.types.TypeEngine[int]) -> sa.Column[int]:
    return sa.Column(name, kind, nullable=False, autoincrement=False)


def _tenant() -> sa.Column[Any]:
    return _given("tenant", sa.String(63))


def _name(name: str) -> sa.Column[Any]:
    return _given(name, sa.String(128))


def _words(name: str) -> sa.Column[Any]:
    return _given(name, sa.Text())


def _ms(name: str) -> sa.Column[Any]:
    return _given(name, sa.BigInteger())


def _count(name: str) -> sa.Column[Any]:
    return _given(name, sa.Integer())


def _serial() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("number", kind, nullable=False, autoincrement=True)
