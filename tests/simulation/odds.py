"""How often what goes wrong, drawn for each seed. Some are calm, some wild, and each leaves out
some faults altogether, since one fault can hide what another would show.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from random import Random
from typing import Final

__all__ = ("Odds",)

LEFT_OUT: Final = 0.4
"""Share of the kinds of faults that a seed does without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """Chances for each message, and rates a second for what happens to whole processes."""

    # of an exchange or a connection
    refused: float = 0.02
    """The connection is not made."""
    lost: float = 0.01
    """The connection breaks before the commands arrive."""
    unanswered: float = 0.02
    """They are carried out, and the connection breaks before the answer."""
    cut_short: float = 0.01
    """It breaks after some of them."""
    ghost: float = 0.01
    """It breaks at once; the commands arrive a good while later all the same."""
    silent: float = 0.003
    """Nothing arrives, and nobody tells."""
    slow: float = 0.05
    """A message takes up to three seconds."""
    crash: float = 0.004
    """A router is killed in the middle: before it sends, while it waits, or as it is answered."""

    # a second
    kill: float = 0.15
    """A router is killed wherever it is."""
    step_kill: float = 0.15
    """A router is killed some hundred steps of its own later."""
    terminate: float = 0.1
    """A router is asked to stop."""
    freeze: float = 0.15
    """A router stands still, and goes on later."""
    cut_off: float = 0.1
    """A router reaches nobody for a while."""
    handover: float = 0.1
    """The leader is told to hand over to another router."""
    usurp: float = 0.15
    """Another router is started with ``--takeover``."""
    stall: float = 0.15
    """The server stands still for a while."""
    restart: float = 0.1
    """The server ends, and is started again on its data."""
    power_cut: float = 0.15
    """The server ends, and what it had written within the last second is gone. Only where that is
    asked for."""

    clock_ahead: float = 0.1
    """Its clock jumps forward."""
    clock_back: float = 0.1
    """Its clock jumps back."""
    forget: float = 0.15
    """A gateway is killed, and reads its work stream from the beginning."""

    # of a command
    repeat: float = 0.05
    """A client sends it again though it was answered."""

    @classmethod
    def drawn(cls, dice: Random, *, loses: bool) -> Odds:
        """The odds of one seed; ``loses``: the server may lose what it has answered."""
        wildness = dice.choice((0.0, 0.3, 1.0, 1.0, 2.0, 4.0))
        return cls(
            **{
                field.name: min(0.5, field.default * wildness * 2 * dice.random())  # type: ignore[operator]  # all have one
                if dice.random() >= LEFT_OUT and (loses or field.name != "power_cut")
                else 0.0
                for field in fields(cls)
            }
        )
