"""The way to the database of the record: SQLite in a file, or PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from adapters.record.errors import RecordUnavailable, RecordUrlError

__all__ = ("DEFAULT_URL", "Database", "async_url", "shown_database")

DEFAULT_URL: Final = "sqlite:///onequeue-record.sqlite3"
DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
ALIASES: Final = {"postgres": "postgresql"}
CONNECT_S: Final = 5.0
BUSY_S: Final = 10.0
"""How long SQLite waits for another process that writes."""

POOL_SIZE: Final = 8
WRITES: Final = "onequeue_writes"
PLAIN: Final = "onequeue_plain"
PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "cache_size=-16000",
    "secure_delete=ON",  # what was forgotten is not left in the file
)


def async_url(text: str) -> URL:
    """The URL with the driver that is used. Raises :class:`RecordUrlError`."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise RecordUrlError("(unreadable)", "this is no URL of a database") from None
    backend = ALIASES.get(url.get_backend_name(), url.get_backend_name())
    if backend not in DRIVERS:
        raise RecordUrlError(_shown(url), f"{backend} is not supported")
    if backend == "sqlite" and not url.database:
        raise RecordUrlError(_shown(url), "a database in memory would be gone with the process")
    if backend == "postgresql" and find_spec("asyncpg") is None:
        detail = "the driver is not installed: install onequeue[postgresql]"
        raise RecordUrlError(_shown(url), detail)
    return url.set(drivername=DRIVERS[backend])


def shown_database(text: str) -> str:
    """The URL without its password. Raises :class:`RecordUrlError`."""
    url = async_url(text)
    return _shown(url.set(drivername=url.get_backend_name()))


class Database:
    """Connections to one database, for one event loop. Whatever is wrong with the way there raises
    :class:`RecordUnavailable`."""

    def __init__(self, url: str) -> None:
        parsed = async_url(url)
        self.shown = shown_database(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self._file = Path(parsed.database or "") if self.is_sqlite else None
        self._engine = _sqlite(parsed) if self.is_sqlite else _postgresql(parsed)
        self._writing = self._engine.execution_options(**{WRITES: True})
        self._plain = self._engine.execution_options(isolation_level="AUTOCOMMIT", **{PLAIN: True})

    @property
    def is_absent(self) -> bool:
        """Whether its file is not there: whoever connects would make it."""
        return self._file is not None and not self._file.exists()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that reads."""
        with _faults():
            async with self._engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[AsyncConnection]:
        """A connection for single questions, without a transaction around them."""
        with _faults():
            async with self._plain.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes, all of it or nothing."""
        with _faults():
            async with self._writing.begin() as connection:
                yield connection

    @asynccontextmanager
    async def session(self, *, writes: bool = False) -> AsyncIterator[AsyncSession]:
        """A transaction over the classes of the schema; committed at the end of the block."""
        engine = self._writing if writes else self._engine
        with _faults():
            async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
                yield session

    async def flush_erased(self) -> None:
        """Let nothing that was erased stay beside the database's file."""
        if self.is_sqlite:
            async with self._engine.connect() as connection:
                raw = await connection.get_raw_connection()
                await raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]  # aiosqlite's

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


class _faults:  # noqa: N801  # read as a word: with _faults()
    """Turns errors of the way to the database into ours."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None or not _is_of_the_way(error):
            return
        # the text of a driver's error may quote values
        raise RecordUnavailable(_name_of(error)) from None


def _is_of_the_way(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        name = type(error.orig).__name__
        return error.connection_invalidated or isinstance(error, InterfaceError) or _is_busy(name)
    return isinstance(error, PoolTimeout | OSError)


def _is_busy(name: str) -> bool:
    return name == "OperationalError" or "Connection" in name or "Shutdown" in name


def _name_of(error: BaseException) -> str:
    if not isinstance(error, SQLAlchemyError) or not isinstance(error, DBAPIError):
        return type(error).__name__
    origin = error.orig
    if isinstance(origin, sqlite3.Error):
        return str(getattr(origin, "sqlite_errorname", None) or type(origin).__name__)
    return type(origin).__name__


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _postgresql(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=POOL_SIZE,
        pool_timeout=CONNECT_S,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"timeout": CONNECT_S},
    )


def _sqlite(url: URL) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=POOL_SIZE,
        pool_timeout=CONNECT_S,
        hide_parameters=True,
        connect_args={"timeout": BUSY_S},
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    """Readers and the one writer do not wait for one another, and we say ourselves when a
    transaction begins (the driver would, and too late)."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get(PLAIN):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES) else "BEGIN")
