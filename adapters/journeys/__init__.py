"""Journeys: what happened to the interactions of one matter or one customer, read from history."""

from __future__ import annotations

from adapters.journeys.finding import Creation, Found, find_creations
from adapters.journeys.journey import Journey, JourneyStep, Leg, follow

__all__ = ("Creation", "Found", "Journey", "JourneyStep", "Leg", "find_creations", "follow")
