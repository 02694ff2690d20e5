"""One router and one API for all pages and examples that need no more than that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.docs.floor import EXAMPLES, Floor
from tests.served import served


@pytest.fixture(scope="session")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    with served(tmp_path_factory.mktemp("floor"), pages=EXAMPLES / "desktop") as found:
        yield Floor(found)
