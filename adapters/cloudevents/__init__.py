"""Journal events for others: CloudEvents envelopes, filters, positions, AsyncAPI."""

from __future__ import annotations

from adapters.cloudevents.asyncapi import asyncapi_document
from adapters.cloudevents.errors import FilterError, PositionAhead, PositionError, PositionGone
from adapters.cloudevents.filters import EVERYTHING, EventFilter
from adapters.cloudevents.newest import Newest, Page
from adapters.cloudevents.places import Place, Places
from adapters.cloudevents.position import BEGIN, Position
from adapters.cloudevents.reading import Past, Reading
from adapters.cloudevents.told import Told

__all__ = (
    "BEGIN",
    "EVERYTHING",
    "EventFilter",
    "FilterError",
    "Newest",
    "Page",
    "Past",
    "Place",
    "Places",
    "Position",
    "PositionAhead",
    "PositionError",
    "PositionGone",
    "Reading",
    "Told",
    "asyncapi_document",
)
