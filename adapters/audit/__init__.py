"""The audit: who changed what, when, from where, before and after; append-only, queried, exported.

docs/audit.md says what is recorded, how it is kept, and what its hashes prove.
"""

from __future__ import annotations

from adapters.audit.entry import Actor, AuditEntry, Origin

__all__ = ("Actor", "AuditEntry", "Origin")
