"""What each role may do, as one table; docs/identity.md shows it, and a test compares the two."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

__all__ = ("MATRIX", "OWN_ONLY", "Permission", "Role")


class Role(StrEnum):
    """What somebody is; the roles of a principal add up."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    INTEGRATION = "integration"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What may be asked for; each endpoint names one."""

    INTERACTIONS_READ = "interactions:read"
    """Interactions, conversations, offers and assignments."""
    INTERACTIONS_WRITE = "interactions:write"
    """Create, change, cancel, suspend, transfer or assign them, for whomever."""
    OFFERS_ANSWER = "offers:answer"
    """Accept, decline, hold, complete and wrap up for an agent."""
    CUSTOMERS_READ = "customers:read"
    """The customer record: who they are, and all that happened."""
    CUSTOMERS_WRITE = "customers:write"
    """Write into the customer record: identities, issues, offers made, preferences, owners."""
    AGENTS_READ = "agents:read"
    AGENTS_STATE = "agents:state"
    """Log an agent in and out, and say what they do; not what they can or may take."""
    AGENTS_WRITE = "agents:write"
    """Give an agent skills, capacity, attributes or a profile."""
    DESKTOP = "desktop"
    """Open an agent's desktop (WebSocket)."""
    QUEUES_READ = "queues:read"
    POLICY_READ = "policy:read"
    POLICY_DRAFT = "policy:draft"
    """Write drafts of a policy, and hand them in."""
    POLICY_APPROVE = "policy:approve"
    """Approve what others have written, or send it back."""
    POLICY_WRITE = "policy:write"
    """Put a policy in force: now, at a time, or an earlier version again."""
    POLICY_PREVIEW = "policy:preview"
    """Try a policy on recorded traffic, or have one searched for: hours of a processor."""
    STATISTICS_READ = "statistics:read"
    EXPLAIN = "explain"
    EVENTS_READ = "events:read"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    AUDIT_READ = "audit:read"
    PERSONAL_READ = "personal:read"
    """See the fields that the policy marks as personal; without it they are redacted."""
    FORGET = "forget"
    """Have a customer's personal data erased."""


_READING: Final = frozenset(
    {
        Permission.INTERACTIONS_READ,
        Permission.CUSTOMERS_READ,
        Permission.AGENTS_READ,
        Permission.QUEUES_READ,
        Permission.POLICY_READ,
        Permission.STATISTICS_READ,
        Permission.EVENTS_READ,
    }
)
_WORKING: Final = frozenset(
    {
        Permission.INTERACTIONS_WRITE,
        Permission.CUSTOMERS_WRITE,
        Permission.OFFERS_ANSWER,
        Permission.AGENTS_STATE,
        Permission.AGENTS_WRITE,
        Permission.PERSONAL_READ,
    }
)

OWN_ONLY: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.AGENT: frozenset(
        {
            Permission.INTERACTIONS_READ,
            Permission.CUSTOMERS_READ,
            Permission.CUSTOMERS_WRITE,
            Permission.OFFERS_ANSWER,
            Permission.AGENTS_READ,
            Permission.AGENTS_STATE,
            Permission.DESKTOP,
            Permission.PERSONAL_READ,
        }
    ),
}
"""Permissions that a role has only over what is its own agent's: their state, the offers made to
them, the work that they have in hand."""

MATRIX: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.AGENT: OWN_ONLY[Role.AGENT] | {Permission.QUEUES_READ},
    Role.SUPERVISOR: _READING
    | _WORKING
    | {Permission.EXPLAIN, Permission.POLICY_DRAFT, Permission.POLICY_PREVIEW},
    Role.ADMIN: frozenset(Permission) - {Permission.DESKTOP},
    Role.INTEGRATION: _READING | _WORKING,
    Role.AUDITOR: _READING
    | {
        Permission.EXPLAIN,
        Permission.AUDIT_READ,
        Permission.KEYS_READ,
        Permission.WEBHOOKS_READ,
    },
}
"""All that a role may, :data:`OWN_ONLY` included."""
