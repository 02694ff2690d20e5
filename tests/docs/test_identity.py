"""docs/identity.md: its table is the permission matrix."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.identity.issuers import Issuer, parse_issuers
from adapters.identity.permissions import MATRIX, OWN_ONLY, Permission, Role

PAGE = (Path(__file__).parents[2] / "docs" / "identity.md").read_text(encoding="utf-8")


def cell(role: Role, permission: Permission) -> str:
    if permission in OWN_ONLY.get(role, frozenset()):
        return "own"
    return "yes" if permission in MATRIX[role] else ""


def test_the_table_is_the_matrix() -> None:
    table = PAGE.split("## Permissions")[1].split("## ")[0]
    header, _, *rows = [
        [part.strip() for part in line.strip("|").split("|")]
        for line in table.splitlines()
        if line.startswith("|")
    ]
    assert header == ["permission", *Role, "what for"]
    assert [row[:-1] for row in rows] == [
        [f"`{permission}`", *(cell(role, permission) for role in Role)] for permission in Permission
    ]
    assert all(row[-1] for row in rows)


def test_the_example_of_issuers_is_valid_and_the_table_has_every_field() -> None:
    part = PAGE.split("## Bearer tokens")[1].split("\n## ")[0]
    (example,) = re.findall(r"```yaml\n(.*?)```", part, re.DOTALL)
    first, second = parse_issuers(example)
    assert first.roles == {"team-lead": Role.SUPERVISOR, "phone-agent": Role.AGENT}
    assert second.tenant_claim is None
    assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == list(Issuer.model_fields)
