"""What the API holds of one tenant."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from adapters.api.holding.arrivals import Arrivals
from adapters.api.holding.board import Board
from adapters.api.holding.kept_answers import KeptAnswers
from adapters.api.holding.outcomes import asks_journal
from adapters.api.holding.rescues import Rescues
from adapters.api.reading.readers import Readers
from adapters.cloudevents.following import Following
from adapters.cloudevents.reading import Past
from adapters.connectors.gathering import Gathering
from adapters.drafts.applying import Applying
from adapters.drafts.store import DraftStore
from adapters.enriching.enriching import Enriching
from adapters.identity.stored_keys import StoredKeys
from adapters.jobs.store import JobStore
from adapters.media.dialogues import Dialogues
from adapters.privacy.marks import Marks
from adapters.projection.descriptions import Descriptions
from adapters.projection.projection import Projection
from adapters.record.records import Records
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.submitting.submitter import Submitter
from adapters.webhooks.dead_letters import DeadLetters
from adapters.webhooks.store import WebhookStore

__all__ = ("Hosted",)


@dataclass(frozen=True)
class Hosted:
    """One tenant: where its server is, its state for reading, and the way in for commands.

    ``archive`` is where `onequeue archive` keeps what has been trimmed, if it is at hand;
    ``records`` are the customers', if their database is, and ``enriching`` asks them before an
    interaction is created.
    """

    endpoint: Endpoint
    keys: Keys
    projection: Projection
    submitter: Submitter
    readers: Readers
    archive: Path | None = None
    logger: structlog.stdlib.BoundLogger = field(default_factory=structlog.get_logger)
    records: Records | None = None
    enriching: Enriching | None = None
    gathering: Gathering | None = None
    arrivals: Arrivals = field(init=False)
    board: Board = field(init=False)
    rescues: Rescues = field(init=False)
    answers: KeptAnswers = field(init=False)
    following: Following = field(init=False)
    webhooks: WebhookStore = field(init=False)
    dead_letters: DeadLetters = field(init=False)
    jobs: JobStore = field(init=False)
    drafts: DraftStore = field(init=False)
    api_keys: StoredKeys = field(init=False)
    dialogues: Dialogues = field(init=False)
    applying: Applying = field(init=False)
    descriptions: Descriptions = field(init=False, default_factory=Descriptions)

    def __post_init__(self) -> None:
        object.__setattr__(self, "arrivals", Arrivals(self.projection))
        past = Past(self.endpoint, self.keys, self.archive)
        object.__setattr__(self, "following", Following(self.projection, past))
        object.__setattr__(self, "board", Board(self.projection))
        object.__setattr__(self, "rescues", Rescues(self.projection))
        object.__setattr__(self, "webhooks", WebhookStore(self.endpoint, self.keys))
        object.__setattr__(self, "dead_letters", DeadLetters(self.endpoint, self.keys))
        object.__setattr__(self, "jobs", JobStore(self.endpoint, self.keys))
        object.__setattr__(self, "dialogues", Dialogues(self.endpoint, self.keys))
        drafts = DraftStore(self.endpoint, self.keys)
        object.__setattr__(self, "drafts", drafts)
        object.__setattr__(self, "api_keys", StoredKeys(self.endpoint, self.keys))
        ask = asks_journal(self.endpoint, self.keys, self.readers, self.archive)
        applying = Applying(drafts, self.projection, self.endpoint, ask, self.logger)
        object.__setattr__(self, "applying", applying)
        object.__setattr__(self, "answers", KeptAnswers(self.endpoint, self.keys))

    @property
    def tenant(self) -> str:
        """Its name."""
        return self.keys.tenant

    @property
    def marks(self) -> Marks:
        """What is personal by the policy in force."""
        return self.following.marks

    async def names(self, subjects: Collection[str]) -> Mapping[str, str]:
        """What the API keys of these subjects are called. Raises :class:`StoreUnavailable`."""
        return await self.api_keys.names(subjects)

    async def close(self) -> None:
        """Close all connections."""
        await self.board.close()
        await self.submitter.close()
        await self.applying.close()
        await self.answers.close()
        await self.following.past.close()
        await self.webhooks.close()
        await self.dead_letters.close()
        await self.jobs.close()
        await self.api_keys.close()
        await self.dialogues.close()
        if self.records is not None:
            await self.records.close()
        if self.enriching is not None:
            await self.enriching.close()
        await self.projection.close()
