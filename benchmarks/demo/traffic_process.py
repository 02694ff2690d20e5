"""The process of simulated customers of the demo."""

from __future__ import annotations

import sys

from benchmarks.demo.child_options import child_parser
from benchmarks.demo.scenario import MIX, SURGE, known_before, rates_per_hour, staff
from benchmarks.floor.arrivals import schedule
from benchmarks.floor.customers import contacts, population
from benchmarks.floor.history import CustomerHistory
from benchmarks.floor.lifetime import run_until_told
from benchmarks.floor.traffic import Traffic
from benchmarks.floor.wire import connect

__all__ = ("main", "play")


async def play(
    url: str, tenant: str, *, agents: int, seed: int, speed: float, opens_ms: int
) -> None:
    """Send the hour's contacts, from ``opens_ms`` on, and tell on stderr how punctual that was."""
    client = connect(url)
    arrivals = schedule(rates_per_hour(agents), seed=seed, spikes=[SURGE])
    known = known_before(
        population(MIX, seed), staff(agents, seed), seed=seed, now_ms=opens_ms, speed=speed
    )
    traffic = Traffic(
        client,
        tenant,
        contacts(arrivals, MIX, seed),
        CustomerHistory(known),
        opens_ms=opens_ms,
        speed=speed,
    )
    try:
        await traffic.run()
    finally:
        sys.stderr.write(
            f"created {traffic.created}, cancelled {traffic.cancelled}, "
            f"sent at most {traffic.latest_ms:.1f} ms after its time\n"
        )
        await client.aclose()


def main() -> None:
    """Play the hour until it is over or a signal comes."""
    parser = child_parser(__doc__)
    parser.add_argument("--opens-ms", type=int, required=True)
    asked = parser.parse_args()
    run_until_told(
        play(
            asked.redis,
            asked.tenant,
            agents=asked.agents,
            seed=asked.seed,
            speed=asked.speed,
            opens_ms=asked.opens_ms,
        )
    )


if __name__ == "__main__":
    main()
