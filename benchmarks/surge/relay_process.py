"""The process of the bare relay: reads an entry, adds another. It stands where the router stands.

The same client, loop and kind of read as the router's, on connections of its own.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from adapters.redis.wire import Argument, Endpoint, checked
from benchmarks.floor.lifetime import run_until_told
from benchmarks.surge.probes import OFFER_BYTES, filled, probe_keys, probe_number
from benchmarks.surge.rendezvous import Rendezvous
from router.reader import BLOCK_MS, READ_ENTRIES_MAX

__all__ = ("main", "relay")


async def relay(url: str, tenant: str, directory: Path) -> None:
    """Pass probes on until told to end."""
    keys, endpoint = probe_keys(tenant), Endpoint(url)
    reading, writing = endpoint.wire("surge-relay-in"), endpoint.wire("surge-relay-out")
    after = "0-0"
    await writing.connect()
    Rendezvous(directory).put("relay-ready")
    while True:
        streams, _ = await reading.exchange(
            ("XREAD", "COUNT", READ_ENTRIES_MAX, "BLOCK", BLOCK_MS, "STREAMS", keys.there, after),
            ("TIME",),
        )
        entries = checked(streams)[0][1] if checked(streams) else []
        adds: list[tuple[Argument, ...]] = []
        for entry_id, fields in entries:
            after = entry_id.decode()
            payload = filled(probe_number(fields[1]), OFFER_BYTES)
            adds.append(("XADD", keys.back, "*", "m", payload))
        if adds:
            await writing.exchange(*adds)


def main() -> None:
    """Relay until a signal comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--directory", type=Path, required=True)
    asked = parser.parse_args()
    run_until_told(relay(asked.redis, asked.tenant, asked.directory))


if __name__ == "__main__":
    main()
