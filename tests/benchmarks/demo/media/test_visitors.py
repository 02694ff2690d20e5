from __future__ import annotations

import pytest

from benchmarks.demo.media.errors import MediumFailed
from benchmarks.demo.media.files import Secrets
from benchmarks.demo.media.visitors import Doors, Visitors

NOBODY = "http://127.0.0.1:1"


@pytest.mark.parametrize(("smtp_port", "sip_port", "visits"), [(0, 0, 4), (1, 0, 6), (1, 1, 8)])
async def test_a_medium_that_does_not_answer_is_named(
    smtp_port: int, sip_port: int, visits: int
) -> None:
    visitors = Visitors(Doors(smtp_port, sip_port, *[NOBODY] * 3), Secrets("key"), [])
    assert visitors.expected == visits
    with pytest.raises(MediumFailed, match="what was said was not taken: ") as caught:
        await visitors.come(0.1)
    assert caught.value.medium in {"sms", "form", "chat", *(["mail"] if smtp_port else [])}
    assert visitors.said == []
