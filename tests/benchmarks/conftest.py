from __future__ import annotations

import pytest

from benchmarks.demo.hour import Hour
from tests.benchmarks.virtual_floor import VirtualFloor, virtual_hour


@pytest.fixture(scope="session")
def hour() -> tuple[Hour, VirtualFloor]:
    """The demo's hour with the real engine, in virtual time."""
    return virtual_hour()
