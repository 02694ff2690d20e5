"""Who and what random commands are about: mostly what they could really be about."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.oracle import Floor
from tests.oracle.things import Interaction, Offer
from tests.strategies import agent_ids

__all__ = ("Picking",)

mostly = st.sampled_from((True, True, True, False))


class Picking:
    """Draws from what stands on a floor."""

    floor: Floor

    def some_interaction(self, data: st.DataObject, state: str) -> Interaction:
        """An interaction, in a given state if there is one and three times of four."""
        known = list(self.floor.interactions.values())
        fitting = self.floor.in_state(state) if data.draw(mostly) else known
        return data.draw(st.sampled_from(fitting or known))

    def some_offer(self, data: st.DataObject) -> Offer:
        known = list(self.floor.offers.values())
        fitting = self.floor.open_offers() if data.draw(mostly) else known
        return data.draw(st.sampled_from(fitting or known))

    def owner(self, data: st.DataObject, interaction: Interaction) -> str:
        owner = interaction.agent_id or interaction.completed_by
        return owner if owner and data.draw(mostly) else data.draw(agent_ids)

    def receiver(self, data: st.DataObject, offer: Offer) -> str:
        return offer.agent_id if data.draw(mostly) else data.draw(agent_ids)
