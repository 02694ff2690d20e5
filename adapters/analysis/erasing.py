"""A customer's data erased from an export (``onequeue forget``), file by file.

Each file that holds something is replaced in one commit; killed between two, it goes on with the
rest when it is done again. What happened stays, without saying whose it was, as in the journal.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

from msgspec import structs

from adapters.analysis.arrow import SCHEMAS, batches_of, writing
from adapters.analysis.errors import AnalysisUnusable
from adapters.analysis.fold import Row
from adapters.analysis.folder import Folder
from adapters.analysis.layout import Layout, Part
from adapters.analysis.standing import OpenInteraction, Standing
from adapters.privacy.erasing import erase_message
from adapters.privacy.subject import Subject

__all__ = ("count_in", "erase_in")

READERS_WAIT_S: Final = 60.0
_IDENTIFIERS: Final = ("customer_id", "conversation_id")
_TEXTS: Final = ("reason", "outcome", "attributes")
_OF_ENGINE: Final = frozenset({"offer_rescinded"})


def count_in(directory: Path, tenant: str, subject: Subject) -> int:
    """How many rows, and interactions that are open, :func:`erase_in` would change. Raises
    :class:`AnalysisUnusable`."""
    layout = Layout(directory, tenant)
    manifest = layout.read()
    if manifest is None:
        return 0
    with layout.held(alone=False):
        files = layout.committed(manifest)
        rows = sum(_count(path, t, subject) for t, paths in files.items() for path in paths)
    return rows + len(_named(layout.standing(manifest), subject))


def erase_in(directory: Path, tenant: str, subject: Subject) -> int:
    """Erase what there is of a customer; how many rows, and interactions that are open.

    The directory is locked by whoever calls. Raises :class:`AnalysisUnusable` and ``OSError``.
    """
    if Layout(directory, tenant).read() is None:
        return 0
    folder = Folder(directory, tenant)
    rows = sum(_erase(folder, part, subject) for part in folder.parts())
    return rows + _erase_open(folder, subject)


def _named(standing: Standing, subject: Subject) -> list[OpenInteraction]:
    """Theirs that are open as far as the export has come, and have not lost what they held yet."""
    theirs = [
        item
        for name, item in standing.interactions.items()
        if subject.owns({"interaction_id": name, "customer_id": item.customer_id})
    ]
    return [item for item in theirs if _nameless(item, subject) != item]


def _erase_open(folder: Folder, subject: Subject) -> int:
    standing = folder.standing()
    found = _named(standing, subject)
    if found:
        for name, item in standing.interactions.items():
            if item in found:
                standing.interactions[name] = _nameless(item, subject)
        folder.commit({}, standing, folder.reached)
    return len(found)


def _nameless(item: OpenInteraction, subject: Subject) -> OpenInteraction:
    kept = _kept(item.attributes, subject)
    return structs.replace(item, customer_id="", conversation_id="", outcome="", attributes=kept)


def _erase(folder: Folder, part: Part, subject: Subject) -> int:
    path = folder.layout.path_of(part)
    found = _count(path, part.table, subject)
    if found:
        rewrite = partial(_rewrite, path=path, table=part.table, subject=subject)
        deadline_s = time.monotonic() + READERS_WAIT_S
        while not folder.rewrite(part, rewrite):
            if time.monotonic() > deadline_s:
                problem = "a query reads it all the time"
                raise AnalysisUnusable(path, problem, "end it, and call this again")
            time.sleep(0.1)
    return found


def _count(path: Path, table: str, subject: Subject) -> int:
    return sum(row is not left for row, left in _rows(path, table, subject))


def _rewrite(file: BinaryIO, *, path: Path, table: str, subject: Subject) -> None:
    with writing(file, table) as write:
        page: list[Row] = []
        for _, left in _rows(path, table, subject):
            page.append(left)
            if len(page) >= 10_000:
                write(page)
                page = []
        write(page)


def _rows(path: Path, table: str, subject: Subject) -> Iterator[tuple[Row, Row]]:
    """Every row, and what is left of it: the very same where it holds nothing."""
    has_owner = "interaction_id" in SCHEMAS[table].names
    for batch in batches_of(path):
        for row in batch.to_pylist():
            yield row, _left(row, subject) if has_owner else row


def _left(row: Row, subject: Subject) -> Row:
    if not subject.owns(row):
        return _about_others(row, subject)
    left = row | {name: None for name in _IDENTIFIERS if row.get(name)}
    for name in _TEXTS:
        if row.get(name) and row.get("type") not in _OF_ENGINE and row.get("ending") != "rescinded":
            left[name] = None
    if row.get("attributes"):
        left["attributes"] = _kept(row["attributes"], subject)
    if row.get("payload"):
        left["payload"] = _erased(row["payload"], subject)
    return row if left == row else left


def _about_others(row: Row, subject: Subject) -> Row:
    """A row of nobody, whose event may name an interaction of theirs that was over by then."""
    payload = row.get("payload")
    erased = _erased(payload, subject) if payload else payload
    return row if erased == payload else row | {"payload": erased}


def _erased(payload: str, subject: Subject) -> str:
    return erase_message(payload.encode(), subject, is_json=True).decode()


def _kept(attributes: str, subject: Subject) -> str:
    if subject.attributes is None:
        return "{}"
    told: dict[str, Any] = json.loads(attributes)
    kept = {name: value for name, value in told.items() if name not in set(subject.attributes)}
    return attributes if kept == told else json.dumps(kept, ensure_ascii=False)
