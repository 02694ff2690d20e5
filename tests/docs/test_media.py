"""docs/media.md: its lines are typed as they stand there, against a real API."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from adapters.media.meters import MediaMeters
from tests.docs.floor import Floor
from tests.docs.test_examples import needs

PAGE = (Path(__file__).parents[2] / "docs" / "media.md").read_text(encoding="utf-8")


def test_the_lines_of_the_page(floor: Floor) -> None:
    needs("curl")
    asked, _, _ = PAGE.partition("## An adapter")
    consoles = re.findall(r"```console\n(.*?)```", asked, re.DOTALL)
    lines = [line for console in consoles for line in console.splitlines()]
    script = "; echo; ".join(line[2:] for line in lines if line.startswith("$ ")) + "; echo"
    done = subprocess.run(
        ["bash", "-ec", script.replace("http://localhost:8080", floor.url).replace(
            "localhost:8080", floor.url)],
        capture_output=True, text=True, timeout=60, check=True,
        env={**os.environ, "KEY": floor.supervisor},
    )  # fmt: skip
    shown = [line for line in lines if not line.startswith("$ ")]
    assert len(shown) == 3
    for line in shown:
        assert line.removeprefix("… ").removesuffix(" …") in done.stdout, done.stdout


def test_every_metric_is_told() -> None:
    told = set(re.findall(r"`(onequeue_media_\w+)`", PAGE))
    names = {
        f"{metric.name}_total" if metric.type == "counter" else metric.name
        for metric in MediaMeters().registry.collect()
        if metric.name.startswith("onequeue_")
    }
    assert told == names
