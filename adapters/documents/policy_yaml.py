"""A policy as YAML that a person can go on with: only what differs from the defaults, in order."""

from __future__ import annotations

from typing import Any

import yaml

from router.policy import Policy

__all__ = ("policy_yaml",)

HEAD = (
    "# A OneQueue policy. Durations (_s) are seconds; every field is explained in docs/policy.md.\n"
    "# Check it with: onequeue policy check FILE\n"
)


def policy_yaml(policy: Policy) -> str:
    """The YAML text of a policy; reading it again gives an equal policy."""
    document = _tidy(policy.model_dump(mode="json", exclude_defaults=True))
    return HEAD + yaml.safe_dump(
        document, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )


def _tidy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tidy(inner) for key, inner in value.items()}
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
