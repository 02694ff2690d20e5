"""Who is behind the subjects that drafts, versions, jobs and the audit name."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from msgspec import Struct
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.description import Operation, describe
from adapters.identity.permissions import Permission

__all__ = ("router",)

router = APIRouter(prefix="/v1/subjects", tags=["keys"])

Read = Annotated[Access, Depends(allowed(Permission.POLICY_READ))]

SUBJECTS_MAX: Final = 100

Subjects = Annotated[
    list[Annotated[str, Query(min_length=1, max_length=128)]],
    Query(min_length=1, max_length=SUBJECTS_MAX),
]


class SubjectView(Struct, frozen=True, kw_only=True):
    """A subject, and the name of the API key that it stands for."""

    subject: str
    name: str


class SubjectsView(Struct, frozen=True, kw_only=True):
    """Those that have a name."""

    items: list[SubjectView]


@router.get(
    "",
    **describe(
        Operation(
            summary="Name subjects",
            description="The names of API keys (`key:…`) by which drafts, versions, jobs and the "
            "audit tell who did something. Others, and keys that are gone, are left out. Only whom "
            "one knows is told of: `GET /v1/keys` lists all, and takes `keys:read`.",
            answers=SubjectsView,
            example={"items": [{"subject": "key:fqd3x5vjk2m7abcd", "name": "floor of sales"}]},
        )
    ),
)
async def name_subjects(access: Read, subject: Subjects) -> Response:
    """The names of some."""
    names = await access.hosted.names(subject)
    items = [SubjectView(subject=one, name=name) for one, name in names.items()]
    return answer(access, SubjectsView(items=items))
