"""Faults against quotas; and a journal that just keeps to them."""

from __future__ import annotations

from tests.adapters.verify.plants import plants
from tests.adapters.verify.story import POLICY, Story

QUOTAS = POLICY | {
    "intake": {
        "open_max": 5,
        "producers": {"web": {"creates_per_s": 2.0, "burst": 3}},
        "other_producers": {"open_max": 2},
    }
}


def created(*producers: str, apart_ms: int = 0) -> Story:
    """Interactions of these producers, one after the other."""
    story = Story(QUOTAS)
    for number, producer in enumerate(producers):
        story.wait(apart_ms).record(story.create(f"i{number}", producer=producer), consumed=1)
    return story


@plants("quota_exceeded")
def _more_at_once_than_a_burst() -> Story:
    return created("web", "web", "web", "web")


@plants("quota_exceeded")
def _more_a_second_than_flow_in() -> Story:
    return created("web", "web", "web", "web", "web", apart_ms=249)


@plants("quota_exceeded")
def _more_open_than_strangers_may_have() -> Story:
    return created("crm", "", "shop")


@plants("quota_exceeded")
def _more_open_than_the_tenant_may_have() -> Story:
    return created("crm", "", *("web",) * 4, apart_ms=500)


def just_as_many() -> Story:
    """As much as the quotas allow, again when something has ended and a token has flowed in."""
    story = created("web", "web", "web", "crm", "", apart_ms=1)
    story.record(story.cancel("i3"), consumed=1)
    story.wait(500).record(story.create("j", producer="web"), consumed=1)
    return story
