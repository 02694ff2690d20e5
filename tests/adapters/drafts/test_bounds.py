"""How deep a document may be."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.drafts.bounds import DEPTH_MAX, require_shallow
from adapters.drafts.errors import InvalidDraft


def nested(depth: int) -> Any:
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def test_what_is_too_deep_is_refused() -> None:
    require_shallow(nested(DEPTH_MAX - 1))
    with pytest.raises(InvalidDraft, match="64 levels"):
        require_shallow(nested(DEPTH_MAX + 1))
