"""Every key that OneQueue uses; a tenant's keys share one hash tag, so one slot of a cluster."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from router.errors import CallerError

__all__ = ("JOURNALS_PATTERN", "Keys", "TenantError", "tenant_of")

_TENANT = re.compile(r"[a-z0-9_-]{1,63}")


class TenantError(CallerError):
    """A tenant's name that cannot stand in a key."""

    def __init__(self, tenant: str) -> None:
        super().__init__(tenant)
        self.tenant = tenant

    def __str__(self) -> str:
        return f"tenant {self.tenant!r}: a name is 1 to 63 of a-z 0-9 _ -"


JOURNALS_PATTERN: Final = "onequeue:{*}:journal"
"""Matches the journals of all tenants (SCAN)."""


def tenant_of(key: str | bytes) -> str:
    """The tenant whose key this is."""
    text = key.decode() if isinstance(key, bytes) else key
    return text.split("{")[1].split("}")[0]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one tenant. Raises :class:`TenantError` for a name that cannot stand in one."""

    tenant: str

    def __post_init__(self) -> None:
        if not _TENANT.fullmatch(self.tenant):
            raise TenantError(self.tenant)

    @property
    def prefix(self) -> str:
        """What all keys of the tenant begin with."""
        return f"onequeue:{{{self.tenant}}}:"

    @property
    def inbound(self) -> str:
        """The stream of commands."""
        return self.prefix + "inbound"

    @property
    def edge(self) -> str:
        """The stream of commands that an edge looks at before they go to inbound."""
        return self.prefix + "edge"

    @property
    def edge_leader(self) -> str:
        """The string that says which edge works; a hint, as ``leader`` is."""
        return self.prefix + "edge-leader"

    @property
    def journal(self) -> str:
        """The stream of records, the truth."""
        return self.prefix + "journal"

    @property
    def began(self) -> str:
        """The string that tells the last epoch, for the day on which the journal is gone."""
        return self.prefix + "began"

    @property
    def archiver(self) -> str:
        """The string that says which archiver works; a hint, as ``leader`` is."""
        return self.prefix + "archiver"

    @property
    def archived(self) -> str:
        """The string that tells the last record which is on the archiver's disk."""
        return self.prefix + "archived"

    @property
    def trimmed(self) -> str:
        """The string that tells the last record which is not in the journal any more."""
        return self.prefix + "trimmed"

    @property
    def dead_letter(self) -> str:
        """The stream of inbound entries that could not be read as a command."""
        return self.prefix + "dead-letter"

    @property
    def audit(self) -> str:
        """The stream of who changed what (docs/audit.md)."""
        return self.prefix + "audit"

    @property
    def audit_exported(self) -> str:
        """The string that tells the last audit entry which is on the exporter's disk."""
        return self.prefix + "audit-exported"

    @property
    def audit_exporter(self) -> str:
        """The string that says which exporter of the audit works; a hint, as ``leader`` is."""
        return self.prefix + "audit-exporter"

    @property
    def analysis_exported(self) -> str:
        """The string that tells the last record which is in an export for analysis."""
        return self.prefix + "analysis-exported"

    @property
    def analysis_exporter(self) -> str:
        """The string that says which exporter for analysis works; a hint, as ``leader`` is."""
        return self.prefix + "analysis-exporter"

    def rewriting(self, process_id: str) -> str:
        """The stream that is to take the place of another one (``onequeue forget``)."""
        return f"{self.prefix}rewriting:{process_id}"

    @property
    def forgetting(self) -> str:
        """The string that says which process erases: the one at a time that rewrites streams."""
        return self.prefix + "forgetting"

    @property
    def forgotten(self) -> str:
        """The stream of interactions whose customers were forgotten."""
        return self.prefix + "forgotten"

    @property
    def leader(self) -> str:
        """The string that says who leads; a hint, never a lock."""
        return self.prefix + "leader"

    @property
    def snapshots(self) -> str:
        """The hash of snapshots: a manifest for each, by the record that it is of."""
        return self.prefix + "snapshots"

    def chunk(self, record_id: str, number: int) -> str:
        """One chunk of the snapshot of a record."""
        return f"{self.prefix}snapshot:{record_id}:{number}"

    @property
    def handover(self) -> str:
        """The string that says which leader was told to hand over, for a minute."""
        return self.prefix + "handover"

    @property
    def api_keys(self) -> str:
        """The hash of API keys, by their ids; of a secret only its SHA-256."""
        return self.prefix + "keys"

    @property
    def api_keys_used(self) -> str:
        """The hash of when each API key was last used, to the minute."""
        return self.prefix + "keys-used"

    def standby(self, process_id: str) -> str:
        """The string in which a router announces that it stands by."""
        return f"{self.prefix}standby:{process_id}"

    def idempotency(self, name: str) -> str:
        """The string that keeps the answer to a request that came with an idempotency key."""
        return f"{self.prefix}idempotency:{name}"

    @property
    def webhooks(self) -> str:
        """The hash of subscriptions to webhooks, by their ids."""
        return self.prefix + "webhooks"

    @property
    def webhook_progress(self) -> str:
        """The hash that tells how far the deliveries of each subscription have come."""
        return self.prefix + "webhook-progress"

    @property
    def webhook_leader(self) -> str:
        """The string that says which process delivers webhooks; a hint, as ``leader`` is."""
        return self.prefix + "webhook-leader"

    @property
    def webhook_dead_letter(self) -> str:
        """The stream of deliveries that were given up."""
        return self.prefix + "webhook-dead-letter"

    @property
    def webhook_again(self) -> str:
        """The stream of dead letters that are to be sent again."""
        return self.prefix + "webhook-again"

    @property
    def record_leader(self) -> str:
        """The string that says which process keeps the customer record; a hint, as ``leader``
        is."""
        return self.prefix + "record-leader"

    @property
    def jobs(self) -> str:
        """The hash of jobs that may be kept: when each was asked for, by its id."""
        return self.prefix + "jobs"

    def job(self, job_id: str) -> str:
        """The hash of one job: what was asked, how it stands, what was found."""
        return f"{self.prefix}job:{job_id}"

    def desk(self, process: str) -> str:
        """The string that says that a process with agents' desktops lives."""
        return f"{self.prefix}desk:{process}"

    @property
    def desk_sweeper(self) -> str:
        """The string that says which process looks after the agents of those that have died."""
        return self.prefix + "desk-sweeper"

    @property
    def drafts(self) -> str:
        """The hash of drafts of the policy, by their ids, without their documents."""
        return self.prefix + "drafts"

    @property
    def draft_documents(self) -> str:
        """The hash of the documents of those drafts: what each was made from, and what it is."""
        return self.prefix + "draft-documents"

    @property
    def draft_leader(self) -> str:
        """The string that says which API process applies drafts; a hint, as ``leader`` is."""
        return self.prefix + "draft-leader"

    @property
    def messages(self) -> str:
        """The stream that names every message as it is said, and what becomes of those sent."""
        return self.prefix + "messages"

    def message(self, digest: str) -> str:
        """The hash of what is known of one message: where it stands, and how it was delivered."""
        return f"{self.prefix}message:{digest}"

    def dialogue(self, conversation_id: str) -> str:
        """The stream of what was said in one conversation."""
        return f"{self.prefix}dialogue:{conversation_id}"

    def conversation(self, conversation_id: str) -> str:
        """The hash of whose a conversation is, and to which interactions its messages lead."""
        return f"{self.prefix}conversation:{conversation_id}"

    def outgoing(self, account: str) -> str:
        """The stream of messages that one account is to send."""
        return f"{self.prefix}outgoing:{account}"

    def work(self, inbox: str) -> str:
        """The work stream of one inbox."""
        return f"{self.prefix}work:{inbox}"
