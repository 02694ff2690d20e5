"""What the pages say of the archive is so: metrics, and files that anybody can read by them."""

from __future__ import annotations

import re
import zlib
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgpack

from adapters.archive.meters import ArchiveMeters
from adapters.archive.writing import ArchiveWriter
from tests.adapters.archive.records import chain

DOCS = Path(__file__).parents[2] / "docs"


def test_operations_list_every_metric_with_its_type() -> None:
    page = (DOCS / "operations.md").read_text()
    listed = dict(re.findall(r"^\| `(onequeue_archive_\w+)` \| (\w+) \|", page, re.MULTILINE))
    found = {
        family.name + "_total" * (family.type == "counter"): family.type
        for family in ArchiveMeters().registry.collect()
        if family.name.startswith("onequeue_")
    }
    assert listed == found


class Reader:
    """Reads a segment by docs/protocol.md, with nothing of ours."""

    def __init__(self, data: bytes) -> None:
        assert data[:8] == b"ONEQUEUE"
        self._data = data
        self._at = 8

    @property
    def at_end(self) -> bool:
        return self._at == len(self._data)

    def frame(self) -> bytes:
        prefix = self._data[self._at : self._at + 16]
        size = int.from_bytes(prefix[:4], "big")
        assert zlib.crc32(prefix[:12]) == int.from_bytes(prefix[12:], "big")
        body = self._data[self._at + 16 : self._at + 16 + size]
        assert blake2b(body, digest_size=8).digest() == prefix[4:12]
        self._at += 16 + size
        return body


def test_a_segment_can_be_read_by_the_page_alone(tmp_path: Path) -> None:
    records = chain(30)
    writer = ArchiveWriter(tmp_path, "t")
    for begin in range(0, 30, 10):
        writer.append(records[begin : begin + 10])
    reader = Reader((tmp_path / "0000000001-000000000000.segment").read_bytes())
    header = msgpack.unpackb(reader.frame())
    assert header == {
        "v": 1,
        "tenant": "t",
        "first": "1-0",
        "after": "",
        "prev": bytes(8),
        "prev_ms": 0,
        "records": 0,
        "total_bytes": 0,
    }
    heads, read = [], []
    while not reader.at_end:
        heads.append(msgpack.unpackb(reader.frame()))
        packed = reader.frame()
        assert heads[-1]["size"] == 16 + len(packed)
        read += msgpack.unpackb(zlib.decompress(packed))
    assert [tuple(pair) for pair in read] == records
    assert [(head["first"], head["last"], head["records"]) for head in heads] == [
        ("1-0", "1-9", 10),
        ("1-10", "1-19", 10),
        ("1-20", "1-29", 10),
    ]
    page = (DOCS / "protocol.md").read_text().split("\n## The archive\n")[1].split("\n## ")[0]
    fields: list[Any] = [*header, *heads[0]]
    assert not [name for name in fields if f"`{name}`" not in page]
