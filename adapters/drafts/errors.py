"""What can be wrong with what is asked of a draft.

::

    CallerError
    └── DraftError
        ├── UnknownDraft          there is none of that id
        ├── DraftChanged          somebody else has changed it meanwhile
        ├── TooManyDrafts         there are as many as may be
        ├── DraftTooLarge         its document has no room in a command
        ├── WrongState            it is in a state in which that makes no sense
        ├── InvalidDraft          its document has faults
        ├── DraftOutdated         the policy in force is not the one that it was made from
        ├── UnresolvedConflicts   it and the policy in force have changed the same field
        ├── NotApproved           too few have agreed
        ├── OwnDraft              nobody approves what they have worked on
        └── NoLongerAllowed       whoever had it applied at this time may not any more
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from router.errors import CallerError, PolicyProblem

__all__ = (
    "DraftChanged",
    "DraftError",
    "DraftOutdated",
    "DraftTooLarge",
    "InvalidDraft",
    "NoLongerAllowed",
    "NotApproved",
    "OwnDraft",
    "TooManyDrafts",
    "UnknownDraft",
    "UnresolvedConflicts",
    "WrongState",
)


class DraftError(CallerError):
    """What is asked of a draft cannot be done; ``code`` is for programs."""

    code: ClassVar[str]


class UnknownDraft(DraftError):
    """There is no draft of that id."""

    code = "unknown_draft"

    def __init__(self, draft_id: str) -> None:
        super().__init__(draft_id)
        self.draft_id = draft_id

    def __str__(self) -> str:
        return "there is no such draft: it was discarded, or dropped after it was over"


class DraftChanged(DraftError):
    """A draft is not, or no longer, of the revision that was asked for."""

    code = "version_mismatch"

    def __init__(self, draft_id: str, revision: int) -> None:
        super().__init__(draft_id, revision)
        self.draft_id = draft_id
        self.revision = revision

    def __str__(self) -> str:
        return f"{self.draft_id} has changed since: it is of revision {self.revision}; look again"


class TooManyDrafts(DraftError):
    """There are as many as may be, and none of them is over."""

    code = "limit"

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most

    def __str__(self) -> str:
        return f"there are {self.most} drafts, as many as may be: apply or discard one"


class DraftTooLarge(DraftError):
    """A document that has more bytes than the command that would put it in force may have."""

    code = "too_large"

    def __init__(self, size: int, most: int) -> None:
        super().__init__(size, most)
        self.size = size
        self.most = most

    def __str__(self) -> str:
        return f"the document has {self.size:,} bytes; at most {self.most:,} are taken"


class WrongState(DraftError):
    """A draft is in a state in which what is asked makes no sense; the text says what does."""

    code = "wrong_state"


class InvalidDraft(DraftError):
    """A document that is kept and cannot be put in force: it has faults."""

    code = "policy_invalid"

    def __init__(self, problems: Sequence[PolicyProblem]) -> None:
        super().__init__(problems)
        self.problems = list(problems)

    def __str__(self) -> str:
        first = self.problems[0]
        return f"the document has {len(self.problems)} faults; {first.field}: {first.message}"


class DraftOutdated(DraftError):
    """The policy in force is not the one that the draft was made from."""

    code = "draft_outdated"

    def __init__(self, base_version: int, in_force: int) -> None:
        super().__init__(base_version, in_force)
        self.base_version = base_version
        self.in_force = in_force

    def __str__(self) -> str:
        return (
            f"it was made from version {self.base_version}, and version {self.in_force} is in "
            "force: look at what has changed, and rebase it"
        )


class UnresolvedConflicts(DraftError):
    """Fields that both have changed, each in its way; somebody has to say which stands."""

    code = "draft_conflict"

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(paths)
        self.paths = list(paths)

    def __str__(self) -> str:
        told = ", ".join(self.paths[:5]) + (", …" if len(self.paths) > 5 else "")
        return f"the draft and the policy in force differ about {told}: say which stands"


class NotApproved(DraftError):
    """Fewer have approved than the policy in force requires."""

    code = "approval_required"

    def __init__(self, found: int, required: int) -> None:
        super().__init__(found, required)
        self.found = found
        self.required = required

    def __str__(self) -> str:
        return f"{self.found} have approved it, and the policy in force requires {self.required}"


class OwnDraft(DraftError):
    """Somebody wants to approve a draft on which they have worked."""

    code = "forbidden"

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self.subject = subject

    def __str__(self) -> str:
        return f"{self.subject} has worked on it: somebody else must approve it"


class NoLongerAllowed(DraftError):
    """Whoever has had a draft applied at a time may not any more, now that it has come."""

    code = "forbidden"

    def __init__(self, subject: str, fault: str) -> None:
        super().__init__(subject, fault)
        self.subject = subject
        self.fault = fault

    def __str__(self) -> str:
        return f"{self.subject} has had it applied at this time, and that key {self.fault}"
