"""The process of the demo's adapters: what `onequeue media run` does, for several at once."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Final

import structlog

from adapters.cli.media import loaded
from adapters.cli.service import new_event_loop, service_logger
from adapters.client import Retries
from adapters.configuration.shared import LogFormat
from adapters.edge.secrets import read_secret
from adapters.media.checkpoint import CheckpointFile
from adapters.media.desk import ApiDesk
from adapters.media.meters import MediaMeters
from adapters.media.running import open_queue, run_medium
from adapters.process.stop_signals import stop_signals

__all__ = ("main",)

CHECKPOINT: Final = "checkpoint.json"


async def _serve_all(folder: Path, names: list[str]) -> None:
    stop, logger = asyncio.Event(), service_logger(LogFormat.JSON)
    with stop_signals(stop.set):
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(_serve(name, folder / f"{name}.yaml", stop, logger))


async def _serve(
    name: str, config: Path, stop: asyncio.Event, logger: structlog.stdlib.BoundLogger
) -> None:
    # of this task alone: each line of the log says whose it is
    structlog.contextvars.bind_contextvars(medium=name)
    medium, file = loaded(name, config)
    meters = MediaMeters()
    file.state.mkdir(parents=True, exist_ok=True)
    checkpoint = CheckpointFile(file.state / CHECKPOINT)
    async with open_queue(file, read_secret(file.key), Retries(attempts=1)) as queue:
        desk = ApiDesk(queue, file.account, checkpoint, stop, meters=meters, logger=logger)
        await run_medium(medium(file.settings), desk, stop, meters, logger)


def main() -> None:
    """Serve the media whose files are in a folder until a signal comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("names", nargs="+")
    asked = parser.parse_args()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve_all(asked.folder, asked.names))


if __name__ == "__main__":
    main()
