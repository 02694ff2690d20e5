"""What the tests of an export share: a journal of random traffic, and the rows that are due."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq

from adapters.analysis.exporter import Exporter, Limits
from adapters.analysis.fold import Fold
from adapters.analysis.layout import Layout
from adapters.analysis.schema import TABLES
from adapters.analysis.standing import Standing
from adapters.history import open_history
from adapters.privacy.marks import Marks
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from router.engine import Engine
from router.inputs import decode_entry
from router.record import GENESIS, Record, encode_record, record_hash
from tests.servers import plain_client

TENANT = "t"
BEGIN_MS = 1_767_600_000_000
"""2026-01-05, a Monday, 08:00 UTC."""

Records = list[tuple[str, bytes]]


def write_journal(server: EmbeddedServer, records: Records, tenant: str = TENANT) -> None:
    with plain_client(server) as client:
        for record_id, data in records:
            client.xadd(Keys(tenant).journal, {"r": data}, id=record_id)


def due(records: Records) -> dict[str, Counter[bytes]]:
    """The rows that an export of these records has, by table."""
    fold = Fold(Standing(), Marks())
    found: dict[str, Counter[bytes]] = {table: Counter() for table in TABLES}
    for record_id, data in records:
        for table, row in fold.take_in(record_id, data):
            whole = {column.name: row.get(column.name) for column in TABLES[table].columns}
            found[table][_key(whole)] += 1
    return found


def exported(directory: Path, tenant: str = TENANT) -> dict[str, Counter[bytes]]:
    """The rows that are committed, by table."""
    layout = Layout(directory, tenant)
    manifest = layout.read()
    assert manifest is not None
    return {
        table: Counter(
            _key(row) for path in paths for row in pq.ParquetFile(path).read().to_pylist()
        )
        for table, paths in layout.committed(manifest).items()
    }


def _key(row: dict[str, Any]) -> bytes:
    # times stand in the rows twice, as milliseconds too
    told = {name: value for name, value in row.items() if name not in TIMES}
    return msgspec.json.encode(sorted(told.items()))


TIMES = {each.name for table in TABLES.values() for each in table.columns if each.kind == "time"}


def export(server: EmbeddedServer, directory: Path, rows: int = 1_000_000) -> Exporter:
    """Export all there is by now."""
    directory.mkdir(exist_ok=True)
    with plain_client(server) as client:
        exporter = Exporter(directory, TENANT, Limits(rows=rows))
        exporter.begin(open_history(client, TENANT))
        while exporter.step(0, 0):
            pass
        exporter.commit()
    return exporter


class Told:
    """A journal as told: commands at their times, as one router would have decided them."""

    def __init__(self, policy: dict[str, Any]) -> None:
        self.records: Records = []
        self._engine = Engine()
        self._prev = GENESIS
        self(0, {"type": "replace_policy", "policy": policy})

    def __call__(self, at_s: float, *commands: dict[str, Any]) -> list[Any]:
        now_ms = BEGIN_MS + round(at_s * 1_000)
        batch = [
            decode_entry(f"{now_ms}-{n}", now_ms, {b"m": msgspec.msgpack.encode(command)})
            for n, command in enumerate(commands)
        ]
        events = self._engine.handle(batch, now_ms)
        record = Record(
            v=1, now_ms=now_ms, position="0-0", consumed=1, prev=self._prev, events=events
        )
        data = encode_record(record)
        self._prev = record_hash(data)
        self.records.append((f"1-{len(self.records)}", data))
        return events
