"""What was said, on whatever medium."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

__all__ = ("upgrade",)

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "messages",
        sa.Column("tenant", sa.String(63), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        *map(_name, ("account", "conversation_id", "customer_id", "channel", "direction")),
        *map(_name, ("agent_id", "sender_medium", "delivery")),
        *map(_words, ("message_id", "sender_address", "subject", "text")),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("recipients", "attachments")),
        sa.PrimaryKeyConstraint("tenant", "digest"),
    )
    for name, column in (("conversation", "conversation_id"), ("customer", "customer_id")):
        op.create_index(f"messages_of_{name}", "messages", ["tenant", column, "at_ms"])
    with op.batch_alter_table("positions") as positions:
        feed = sa.Column("feed_id", sa.String(128), nullable=False, server_default="")
        positions.add_column(feed)


def _name(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(128), nullable=False)


def _words(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)
