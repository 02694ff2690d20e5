"""What a gateway that comes back must still see to, by its own ledger."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.chaos.ledger import Told

__all__ = ("unfinished",)


def unfinished(told: Iterable[Told]) -> list[Told]:
    """Of all entries that were read, those of offers and work that nothing has ended since."""
    standing: dict[str, list[Told]] = {}
    offer_of: dict[tuple[str, str], str] = {}
    for line in told:
        match line.kind:
            case "offer":
                standing.setdefault(line.offer_id, [line])
            case "offer_over":
                standing.pop(line.offer_id, None)
            case "assigned" if line.offer_id in standing:
                standing[line.offer_id].append(line)
                offer_of[line.interaction_id, line.agent_id] = line.offer_id
            case "released":
                offer_id = offer_of.pop((line.interaction_id, line.agent_id), "")
                standing.pop(offer_id, None)
    return [line for lines in standing.values() for line in lines]
