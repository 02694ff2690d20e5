"""One router and one API, as processes, for all tests of media."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.served import Served, served


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Shared: whoever kills its API starts it again on the same port."""
    with served(tmp_path_factory.mktemp("house")) as found:
        yield found
