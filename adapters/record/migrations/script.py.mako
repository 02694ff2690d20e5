"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ("upgrade",)

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """To this revision."""
    ${upgrades if upgrades else "pass"}
