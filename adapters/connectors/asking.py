"""Asking one source: a database, a service, or a table in a file."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote

import httpx
import msgspec
from sqlalchemy import event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.connectors.document import (
    CUSTOMER,
    FileSource,
    HttpSource,
    Source,
    SqlSource,
)
from adapters.connectors.facts import Answer, Fact, SourceFailed, scalar
from adapters.edge.secrets import read_secret
from adapters.record.database import async_url

__all__ = ("Asked", "asked")

ANSWER_BYTES_MAX: Final = 262_144
ROWS_MAX: Final = 1_000_000
POOL_SIZE: Final = 4


class Asked(Protocol):
    """One source that can be asked."""

    async def ask(self, customer_id: str) -> Answer:
        """What it says of a customer. Raises :class:`SourceFailed`."""
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...


def asked(source: Source, now_ms: Callable[[], int]) -> Asked:
    """The way to a source. Raises :class:`SecretError` and :class:`RecordUrlError`."""
    if isinstance(source, SqlSource):
        return _Sql(source, now_ms)
    if isinstance(source, HttpSource):
        return _Http(source, now_ms)
    return _Table(source)


class _Sql:
    """A query in a transaction that can only read."""

    def __init__(self, source: SqlSource, now_ms: Callable[[], int]) -> None:
        url = async_url(read_secret(source.url))
        is_sqlite = url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {} if is_sqlite else {"postgresql_readonly": True}
        self._engine = create_async_engine(
            url, pool_size=POOL_SIZE, hide_parameters=True, execution_options=options
        )
        if is_sqlite:
            event.listen(self._engine.sync_engine, "connect", _only_read)
        self._query, self._map, self._now_ms = text(source.query), source.map, now_ms

    async def ask(self, customer_id: str) -> Answer:
        """The first row."""
        try:
            async with self._engine.connect() as connection:
                row = (await connection.execute(self._query, {CUSTOMER: customer_id})).first()
        except (SQLAlchemyError, OSError) as error:
            raise SourceFailed(type(error).__name__) from None
        columns = {} if row is None else row._asdict()
        return Answer(_picked(columns, self._map) if row is not None else {}, self._now_ms())

    async def close(self) -> None:
        """Close the connections."""
        await self._engine.dispose()


class _Http:
    """A GET that answers with JSON; redirects and proxies of the environment are not followed."""

    def __init__(self, source: HttpSource, now_ms: Callable[[], int]) -> None:
        headers = {name: read_secret(secret) for name, secret in source.headers.items()}
        self._client = httpx.AsyncClient(
            headers={"Accept": "application/json", **headers},
            timeout=source.deadline_ms / 1_000,
            trust_env=False,
        )
        self._url, self._map, self._now_ms = source.url, source.map, now_ms

    async def ask(self, customer_id: str) -> Answer:
        """What the service says; 404: it does not know them."""
        url = self._url.replace("{customer_id}", quote(customer_id, safe=""))
        try:
            async with self._client.stream("GET", url) as answer:
                if answer.status_code == httpx.codes.NOT_FOUND:
                    return Answer({}, self._now_ms())
                if answer.status_code != httpx.codes.OK:
                    raise SourceFailed(f"status {answer.status_code}")
                document = msgspec.json.decode(await _bounded(answer))
        except (httpx.HTTPError, msgspec.DecodeError, UnicodeError) as error:
            raise SourceFailed(type(error).__name__) from None
        facts = {name: scalar(_at(document, pointer)) for name, pointer in self._map.items()}
        return Answer(facts, self._now_ms())

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class _Table:
    """A file, read again when it is another one."""

    def __init__(self, source: FileSource) -> None:
        self._source = source
        self._path = Path(source.path)
        self._rows: dict[str, Mapping[str, Fact]] = {}
        self._of_ns = 0
        self._looked_s = -source.reload_s
        self._reading = asyncio.Lock()

    async def ask(self, customer_id: str) -> Answer:
        """The row of a customer."""
        async with self._reading:
            if time.monotonic() - self._looked_s >= self._source.reload_s:
                await asyncio.to_thread(self._look)
                self._looked_s = time.monotonic()
        return Answer(self._rows.get(customer_id, {}), self._of_ns // 1_000_000)

    async def close(self) -> None:
        """Nothing is open."""

    def _look(self) -> None:
        try:
            of_ns = self._path.stat().st_mtime_ns
            if of_ns != self._of_ns:
                self._rows = dict(self._read())
                self._of_ns = of_ns
        except (OSError, ValueError, KeyError, csv.Error) as error:
            raise SourceFailed(f"{self._path.name}: {type(error).__name__}") from None

    def _read(self) -> Iterator[tuple[str, Mapping[str, Fact]]]:
        rows = _parquet(self._path) if self._path.suffix == ".parquet" else _csv(self._path)
        for number, row in enumerate(rows):
            if number == ROWS_MAX:
                raise ValueError(f"more than {ROWS_MAX} rows")
            yield str(row[self._source.key]), _picked(row, self._source.map)


def _csv(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(newline="", encoding="utf-8-sig") as stream:
        yield from csv.DictReader(stream)


def _parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    if find_spec("pyarrow") is None:
        raise SourceFailed("Parquet needs onequeue[analysis]")
    from pyarrow import parquet  # an extra, which takes a second to load

    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches():
            yield from batch.to_pylist()


def _picked(columns: Mapping[str, Any], wanted: Mapping[str, str]) -> dict[str, Fact]:
    missing = sorted(set(wanted.values()) - set(columns))
    if missing:
        raise SourceFailed(f"it has no column {', '.join(missing)}")
    return {name: scalar(columns[column]) for name, column in wanted.items()}


def _at(document: Any, pointer: str) -> Any:
    """What a JSON pointer leads to; nothing where there is nothing."""
    found = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict):
            found = found.get(name)
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found


async def _bounded(answer: httpx.Response) -> bytes:
    data = bytearray()
    async for chunk in answer.aiter_bytes():
        data += chunk
        if len(data) > ANSWER_BYTES_MAX:
            raise SourceFailed(f"an answer of more than {ANSWER_BYTES_MAX} bytes")
    return bytes(data)


def _only_read(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.close()
