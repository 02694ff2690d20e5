"""What earlier releases have written is loaded, and so is what a later one may have added."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from router.events import Event
from router.record import GENESIS, decode_record, record_hash
from router.recovery import recover
from router.snapshot.chunks import Packing, unpacked
from router.snapshot.columns import Columns, decode_page
from router.snapshot.manifest import decode_manifest, encode_manifest
from router.snapshot.tables import TABLES, load
from router.state import State
from tests.golden.facts import noted
from tests.golden.writing import FOLDER, write
from tests.snapshots import Chain, Shelf
from tests.tenant import Notes

RELEASES = sorted(path.stem for path in FOLDER.glob("*.journal"))


def journal_of(release: str) -> Chain:
    chain = Chain()
    data = zlib.decompress((FOLDER / f"{release}.journal").read_bytes())
    chain.records_ = msgspec.msgpack.decode(data, type=list[tuple[str, bytes]])
    return chain


def shelf_of(release: str) -> Shelf:
    shelf = Shelf()
    record_id, manifest, chunks = msgspec.msgpack.decode(
        (FOLDER / f"{release}.snapshot").read_bytes(), type=tuple[str, bytes, list[bytes]]
    )
    shelf.published[record_id] = manifest
    shelf.chunks = {(record_id, number): chunk for number, chunk in enumerate(chunks)}
    return shelf


def facts(release: str) -> Any:
    return json.loads((FOLDER / f"{release}.json").read_text())


def test_there_are_golden_files_of_some_release() -> None:
    assert RELEASES
    assert sorted(path.stem for path in FOLDER.glob("*.snapshot")) == RELEASES


@pytest.mark.parametrize("release", RELEASES)
async def test_a_journal_of_a_release_is_loaded(release: str) -> None:
    recovered = await recover(journal_of(release), None, Notes())
    assert noted(recovered.engine.state) == facts(release)


@pytest.mark.parametrize("release", RELEASES)
async def test_a_snapshot_of_a_release_is_loaded(release: str) -> None:
    notes, chain, shelf = Notes(), journal_of(release), shelf_of(release)
    (record_id,) = shelf.published
    chain.first = 1 + [name for name, _ in chain.records_].index(record_id)
    recovered = await recover(chain, shelf, notes)
    assert (notes.restored_from, notes.refused) == ([record_id], [])
    assert noted(recovered.engine.state) == facts(release)
    recovered.engine.touch_everything()
    recovered.engine.handle((), recovered.tail.now_ms)


@pytest.mark.parametrize("release", RELEASES)
def test_a_golden_journal_has_most_kinds_of_events(release: str) -> None:
    records = [decode_record(data) for _, data in journal_of(release).records_]
    kinds = {type(event) for record in records for event in record.events}
    assert len(kinds) > 0.8 * len(get_args(Event))


def test_golden_files_are_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "1.0.journal").write_bytes(b"")
    with pytest.raises(FileExistsError):
        write("1.0", tmp_path)


FREE = {
    "policy", "skills", "maximums", "attributes", "inactive_skills", "prices_ppm", "held",
}  # fmt: skip
"""Maps whose keys are data: nothing can be added to them that means nothing."""

LISTS = {"best", "joint", "chosen"}
"""Structures that stand in the journal as lists: what is added comes last."""


def evolved(value: Any, name: str = "") -> Any:
    """As a later release may write it: with more in every structure."""
    if isinstance(value, dict):
        if name in FREE and name != "held":
            return value
        inner = {key: evolved(part, "" if name == "held" else key) for key, part in value.items()}
        return inner if name == "held" else inner | {"of_a_later_release": {"any": [1, None]}}
    if isinstance(value, list):
        if name in LISTS and value and not isinstance(value[0], list):
            return [*value, "more", None]
        return [evolved(part, name) for part in value]
    return value


def chained(records: list[Any]) -> Chain:
    """Records as a journal, each with the hash of the one before it."""
    chain, before = Chain(), GENESIS
    for number, record in enumerate(records):
        data = msgspec.msgpack.encode(record | {"prev": before})
        chain.records_.append((f"1-{number}", data))
        before = record_hash(data)
    return chain


async def test_records_with_fields_that_are_not_known_fold_to_the_same_state() -> None:
    chain = journal_of(RELEASES[-1])
    plain = await recover(chain, None, Notes())
    later = chained([evolved(msgspec.msgpack.decode(data)) for _, data in chain.records_])
    assert b"of_a_later_release" in later.records_[5][1]
    recovered = await recover(later, None, Notes())
    assert recovered.engine.state_bytes() == plain.engine.state_bytes()


def rewritten(shelf: Shelf, change: Callable[[dict[str, Any]], list[dict[str, Any]]]) -> State:
    """The state of a snapshot whose pages are changed."""
    ((record_id, data),) = shelf.published.items()
    manifest = decode_manifest(record_id, data)
    state, columns = State(), Columns()
    for number in range(len(manifest.checksums)):
        packing = Packing()
        for page in unpacked(shelf.chunks[record_id, number]):
            for changed in change(msgspec.msgpack.decode(page)):
                packing.add(msgspec.msgpack.encode(changed))
        for page in unpacked(packing.end() or b""):
            load(state, decode_page(page), columns)
    return state


def test_a_snapshot_with_fields_that_are_not_known_gives_the_same_state() -> None:
    def later(page: dict[str, Any]) -> list[dict[str, Any]]:
        whole = {name: evolved(values, name) for name, values in page["whole"].items()}
        distinct = {
            name: [evolved(new, name), numbers] for name, (new, numbers) in page["distinct"].items()
        }
        whole["of_a_later_release"] = [{"any": None}] * page["rows"]
        others = {"table": "of_a_later_release", "rows": 1, "whole": {"x": [1]}, "distinct": {}}
        return [page | {"whole": whole, "distinct": distinct, "more": 1}, others]

    shelf = shelf_of(RELEASES[-1])
    plain = rewritten(shelf, lambda page: [page])
    assert len(plain.interactions) > 100
    assert rewritten(shelf, later).to_bytes() == plain.to_bytes()


def test_a_snapshot_without_a_field_has_its_default() -> None:
    def earlier(page: dict[str, Any]) -> list[dict[str, Any]]:
        if page["table"] == "targets":
            return []
        for columns in (page["whole"], page["distinct"]):
            columns.pop("progress", None)
            columns.pop("intake_reason", None)
        return [page]

    shelf = shelf_of(RELEASES[-1])
    state, plain = rewritten(shelf, earlier), rewritten(shelf, lambda page: [page])
    assert any(known.progress is not None for known in plain.interactions.values())
    assert plain.targets
    assert all(known.progress is None for known in state.interactions.values())
    assert not state.targets
    assert len(state.interactions) == len(plain.interactions)


def test_a_manifest_with_fields_that_are_not_known_is_the_same_manifest() -> None:
    ((record_id, data),) = shelf_of(RELEASES[-1]).published.items()
    later = msgspec.msgpack.encode(msgspec.msgpack.decode(data) | {"of_a_later_release": 1})
    manifest = decode_manifest(record_id, later)
    assert encode_manifest(manifest) == encode_manifest(decode_manifest(record_id, data))
    assert set(manifest.rows) >= {"interactions", "agents"}
    assert set(manifest.rows) - {"@rest"} <= set(TABLES)
