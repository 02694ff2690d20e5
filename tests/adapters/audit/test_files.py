"""Exported files: every change to them is found, except an erasure of before and after."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from adapters.audit.entry import Actor, AuditEntry, decode_entry
from adapters.audit.errors import AuditDamaged, AuditUnusable
from adapters.audit.files import AuditFiles, AuditWriter
from adapters.audit.lines import GENESIS, Line, line_after

ENTRY = AuditEntry(actor=Actor("jo", ("admin",)), action="policy:write", resource="policy")


def chain(count: int, before: Line | None = None) -> list[Line]:
    lines: list[Line] = []
    for _ in range(count):
        before = lines[-1] if lines else before
        number = before.number + 1 if before else 1
        content = structs.replace(ENTRY, before={"name": f"Zoë {number}"}, after={"n": 1.5})
        entry = decode_entry("", content.to_bytes())
        prev = before.hash if before else GENESIS
        lines.append(line_after(prev, number, f"{number}-0", f"{number}-1", entry))
    return lines


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    writer = AuditWriter(tmp_path / "audit", segment_bytes=1_000)
    for line in chain(9):
        writer.append([line])
    return tmp_path / "audit"


def read(directory: Path) -> list[Line]:
    return [place.line for place in AuditFiles(directory).places()]


def test_lines_come_back_as_they_were_written(directory: Path) -> None:
    found = read(directory)
    assert [line.entry.before for line in found] == [{"name": f"Zoë {n}"} for n in range(1, 10)]
    assert len(AuditFiles(directory).paths) > 2
    assert list(AuditFiles(directory).backward()) == found[::-1]


def change(path: Path, place: int, how: Callable[[dict[str, Any]], object]) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    told = json.loads(lines[place])
    how(told)
    lines[place] = json.dumps(told).encode() + b"\n"
    path.write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    ("how", "fault"),
    [
        (lambda told: told["entry"]["actor"].update(subject="eve"), "does not have its hash"),
        (lambda told: told.update(inbound="9-9"), "does not have its hash"),
        (lambda told: told.update(id="1-7"), "does not have its hash"),
        (lambda told: told["content"].update(before={"name": "Eve"}), "do not fit their seal"),
        (lambda told: told["content"].update(salt="00" * 16), "do not fit their seal"),
        (lambda told: told["entry"].update(seal="00"), "does not have its hash"),
        (lambda told: told.pop("prev"), "cannot be read"),
    ],
)
def test_a_line_that_was_changed_is_named(
    directory: Path, how: Callable[[dict[str, Any]], object], fault: str
) -> None:
    path = AuditFiles(directory).paths[1]
    change(path, 0, how)
    with pytest.raises(AuditDamaged, match=fault) as caught:
        read(directory)
    assert (caught.value.path, caught.value.line) == (path, 1)


def test_a_line_that_was_forged_with_its_hash_does_not_fit_the_next(directory: Path) -> None:
    path = AuditFiles(directory).paths[0]
    first = read(directory)[0]
    forged = line_after(
        GENESIS, 1, first.id, "", structs.replace(first.entry, action="policy:read")
    )
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([forged.to_bytes(), *lines[1:]]))
    with pytest.raises(AuditDamaged, match="line before it is missing, or another one"):
        read(directory)


def test_a_line_or_a_file_that_is_missing_is_found(directory: Path) -> None:
    AuditFiles(directory).paths[1].unlink()
    with pytest.raises(AuditDamaged, match="line before it is missing"):
        read(directory)


def test_a_torn_line_is_passed_over_and_written_anew(directory: Path) -> None:
    newest = AuditFiles(directory).paths[-1]
    before = read(directory)
    newest.write_bytes(newest.read_bytes() + b'{"number": 10, "torn')
    assert read(directory) == before
    writer = AuditWriter(directory)
    (added,) = chain(1, writer.last)
    writer.append([added])
    assert read(directory) == [*before, added]


def test_erased_lines_still_follow_from_one_another(directory: Path) -> None:
    before = read(directory)
    writer = AuditWriter(directory)
    assert writer.erase([b"Zo\xc3\xab 3", b"Zo\xc3\xab 9"]) == 2
    found = read(directory)
    assert [line.number for line in found if line.entry.erased] == [3, 9]
    assert [line.hash for line in found] == [line.hash for line in before]
    text = b"".join(path.read_bytes() for path in AuditFiles(directory).paths)
    assert b"Zo\xc3\xab 3" not in text
    assert b"Zo\xc3\xab 4" in text
    assert writer.erase([b"Zo\xc3\xab 3"]) == 0
    (added,) = chain(1, writer.last)
    writer.append([added])
    assert read(directory)[-1] == added


def test_no_directory_is_said(tmp_path: Path) -> None:
    with pytest.raises(AuditUnusable, match="there is no such directory"):
        AuditFiles(tmp_path / "nowhere")
