"""The process of simulated agents of the demo."""

from __future__ import annotations

from benchmarks.demo.child_options import child_parser
from benchmarks.demo.scenario import BEHAVIOUR, staff
from benchmarks.floor.lifetime import run_until_told
from benchmarks.floor.shift import work_a_shift

__all__ = ("INBOX", "main")

INBOX = "floor"


def main() -> None:
    """Log the staff in and keep them working until a signal comes."""
    asked = child_parser(__doc__).parse_args()
    run_until_told(
        work_a_shift(
            asked.redis,
            asked.tenant,
            INBOX,
            staff(asked.agents, asked.seed),
            BEHAVIOUR,
            seed=asked.seed,
            speed=asked.speed,
        )
    )


if __name__ == "__main__":
    main()
