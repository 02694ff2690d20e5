"""Interactions that are for later, and attempts to call back that have failed."""

from __future__ import annotations

from router import events as ev
from tests.oracle.book import IN_HAND, Book


class Pauses(Book):
    """A floor on which something may be for later."""

    def _interaction_suspended(self, event: ev.InteractionSuspended, now_ms: int) -> None:
        interaction = self.interactions[event.interaction_id]
        assert event.until_ms or not event.inbox, "nobody is told at no time"
        if interaction.state == "suspended":
            assert not event.cause, "it only lasts for longer"
            assert event.inbox == (interaction.due_inbox if event.asked_ms else "")
            self._is_due(interaction.due_ms)
        else:
            assert interaction.state == "queued", f"suspended while {interaction.state}"
            interaction.suspended_ms = now_ms
            self.changed_meanwhile.add(event.interaction_id)
        if event.asked_ms:
            at_ms = max(event.asked_ms, now_ms)
            assert event.until_ms == self.in_force.callable_ms(interaction.channel, at_ms) > at_ms
        interaction.state, interaction.step_until_ms = "suspended", 0
        interaction.due_ms = event.until_ms
        interaction.due_inbox, interaction.keeps_place = event.inbox, event.keeps_place

    def _attempt_failed(self, event: ev.AttemptFailed, now_ms: int) -> None:
        interaction = self.interactions[event.interaction_id]
        assert event.cause, "somebody has tried"
        assert interaction.state in ("suspended", *IN_HAND), interaction
        assert event.agent_id == interaction.agent_id
        interaction.attempts += 1
        assert event.attempt == interaction.attempts, "attempts count up"

    def _interaction_due(self, event: ev.InteractionDue, now_ms: int) -> None:
        interaction = self.interactions[event.interaction_id]
        assert (interaction.state, interaction.due_inbox) == ("suspended", event.inbox)
        assert event.inbox, "who is told"
        self._is_due(interaction.due_ms)
        interaction.due_ms, interaction.due_inbox = 0, ""

    def _interaction_resumed(self, event: ev.InteractionResumed, now_ms: int) -> None:
        interaction = self.interactions[event.interaction_id]
        assert interaction.state == "suspended", f"resumed while {interaction.state}"
        self.changed_meanwhile.add(event.interaction_id)
        assert bool(event.cause) == (event.ended_by == "command")
        if not event.cause:
            assert interaction.due_ms, "no time was to end it"
            assert not interaction.due_inbox, "it was to be told, not ended"
            self._is_due(interaction.due_ms)
        if not interaction.keeps_place:
            interaction.origin_ms += now_ms - interaction.suspended_ms
        assert event.origin_ms == interaction.origin_ms, "it ages while it waits"
        interaction.state, interaction.due_ms, interaction.due_inbox = "queued", 0, ""
        self.touched_interactions.add(event.interaction_id)
