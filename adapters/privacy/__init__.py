"""Personal data of customers: hidden wherever it is shown by default, and erased on request.

docs/privacy.md says what is personal, where it is hidden, and what ``onequeue forget`` does.
"""

from __future__ import annotations

from adapters.privacy.marks import Marks, marks_of
from adapters.privacy.redaction import REDACTED, redact, redact_payload

__all__ = ("REDACTED", "Marks", "marks_of", "redact", "redact_payload")
