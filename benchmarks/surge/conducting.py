"""From a scenario to a report: plan it, play it, measure it, prove it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from rich.console import Console

from benchmarks.demo.store import Store
from benchmarks.floor.wire import connect
from benchmarks.scenario.compression import compressed
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.policies import policy_of
from benchmarks.surge.evidence import gather
from benchmarks.surge.live import Live, live_of
from benchmarks.surge.measures import NONE, measured
from benchmarks.surge.plan import Plan
from benchmarks.surge.planning import plan_of
from benchmarks.surge.progress import ProgressView
from benchmarks.surge.report import Options, report_of
from benchmarks.surge.run import play
from benchmarks.surge.schedule import Schedule
from benchmarks.surge.urgency import Urgency
from router.policy import parse_policy

__all__ = ("conducted",)

PATIENCE_S: Final = 10.0
PROBES_MEANT: Final = 3_000
PROBES_PER_S_MIN: Final = 20.0
PROBES_PER_S_MAX: Final = 100.0


async def conducted(
    options: Options, scenario: Scenario, store: Store, console: Console
) -> dict[str, Any]:
    """Play a scenario and report.

    Raises ``ScenarioError``, ``ChildDied``, ``ServerGone`` and ``NotReady``.
    """
    live = live_of(scenario)
    pace = options.compression or live.compression
    scenario = compressed(scenario, pace)
    plan, policy = plan_of(scenario, options.seed), policy_of(scenario)
    title = scenario.name if pace == 1 else f"{scenario.name}, {pace:g} times as fast"
    with ProgressView(title, plan, store.logs, console) as view:
        played = await play(
            plan, policy, _schedule(plan, live), store, view.show, is_flooded=options.flood
        )
        run = measured(
            plan,
            store.logs,
            opens_ns=played.opens_ns,
            over_ns=played.over_ns,
            warm_up_ns=round(scenario.warm_up_s * 1e9),
        )
        client = connect(store.url)
        try:
            acknowledged = np.flatnonzero(run.acknowledged_ns != NONE)
            evidence = await gather(
                client,
                store.url,
                played.tenant,
                acknowledged,
                Urgency(plan, parse_policy(policy)),
                view.checked,
            )
        finally:
            await client.aclose()
    return report_of(options, pace, scenario, live, run, played, evidence)


def _schedule(plan: Plan, live: Live) -> Schedule:
    contacts = plan.contacts
    length_s = plan.length_s
    longest_s = float((contacts.handle_ns + contacts.wrap_up_ns + contacts.answer_ns).max()) / 1e9
    per_s = np.clip(PROBES_MEANT / max(length_s, 1.0), PROBES_PER_S_MIN, PROBES_PER_S_MAX)
    return Schedule(
        length_s=length_s,
        patience_s=PATIENCE_S + longest_s + float(contacts.after_ns.max()) / 1e9,
        quiet_s=live.quiet_s,
        probes_per_s=live.probes_per_s or float(per_s),
        probes_min=live.relay_samples,
    )
