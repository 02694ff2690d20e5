"""What a server's refusals mean to an operator: one table, from the code of a reply to what to do.

docs/operations.md shows the same table; a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.redis.wire import TLS_CODE, ReplyError

__all__ = ("NO_ANSWER", "REMEDIES", "refusal_code", "remedy_of")

NO_ANSWER: Final = ""
"""Stands in the table for what is no reply: the server, or the way to it, is silent."""

REMEDIES: Final[Mapping[str, str]] = {
    NO_ANSWER: "see that the server runs, can be reached, and takes connections (maxclients)",
    "OOM": "the server has reached its maxmemory: raise it, or delete what is not OneQueue's",
    "READONLY": "the server has become a replica: connect to the primary, or make it one again",
    "MASTERDOWN": "the server is a replica that has lost its primary: connect to the primary",
    "NOREPLICAS": "too few replicas follow (min-replicas-to-write): bring one back",
    "MISCONF": "the server cannot write its data to disk: make room there; its log says more",
    "LOADING": "the server reads its data after a start: wait",
    "BUSY": "a script of somebody else runs for too long: end it with SCRIPT KILL",
    "NOAUTH": "the server wants a user and password: name them in the URL and start again",
    "WRONGPASS": "user or password are not valid (any more): change them there or in the URL",
    "NOPERM": "the user lacks a right: give it back what docs/operations.md lists",
    "CLUSTERDOWN": "the cluster does not serve the slot of this tenant: bring its nodes back",
    "WRONGTYPE": "a key of OneQueue's holds something else: find out who writes to it",
    TLS_CODE: "one side does not trust the other's certificate: the message says which, and what "
    "to name",
}


def refusal_code(error: Exception) -> str:
    """The code of the reply that an error is, or "" when there was none."""
    return error.code if isinstance(error, ReplyError) else NO_ANSWER


def remedy_of(error: Exception) -> str:
    """What an operator can do about an error of the store."""
    return REMEDIES.get(refusal_code(error), "see the server's own log and documentation")
