"""The oracle: what docs/matching.md and docs/protocol.md say, computed by brute force.

Plain Python, O(agents x waiting), written from those two pages alone. It shares nothing with the
engine but the structs of commands, events and the policy document, which it takes as data. It
watches the engine's events, keeps a naive state of its own, and says what had to happen.
"""

from __future__ import annotations

from tests.oracle.auditor import Auditor
from tests.oracle.floor import Floor
from tests.oracle.rules import Rules

__all__ = ("Auditor", "Floor", "Rules")
