"""Looks for bytes wherever they could be: in every key of a server, in every file on disk."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from pyarrow import parquet

from adapters.archive.segment_format import read_block_head, read_entries, read_header
from adapters.redis.embedded import EmbeddedServer
from tests.servers import plain_client

__all__ = ("traces",)


def traces(server: EmbeddedServer, directories: Sequence[Path], wanted: Sequence[str]) -> list[str]:
    """Where any of the texts stands: keys, and files with what is packed in them."""
    texts = [text.encode() for text in wanted]
    places = [*_keys(server), *_files(directories)]
    return sorted({where for where, data in places if any(text in data for text in texts)})


def _keys(server: EmbeddedServer) -> Iterator[tuple[str, bytes]]:
    with plain_client(server) as client:
        # a stream is dumped with what was deleted in its blocks of memory
        client.config_set("rdbcompression", "no")
        for key in client.keys("*"):
            name = key.decode()
            yield name, key + client.dump(key)
            if ":snapshot:" in name:
                yield name, zlib.decompress(client.get(key))


def _files(directories: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    for directory in directories:
        for path in directory.rglob("*"):
            if not path.is_file():
                continue
            name = f"{directory.name}/{path.name}"
            yield name, name.encode() + path.read_bytes()
            if path.suffix == ".parquet":
                yield name, str(parquet.read_table(path).to_pylist()).encode()
            if path.suffix in {".segment", ".records"}:
                yield name, b"".join(_records(path))


def _records(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        read_header(file)
        end = path.stat().st_size
        while file.tell() < end:
            for record_id, data in read_entries(file, read_block_head(file).head):
                yield record_id.encode() + data
