"""Explanations in words and tables, for people. Ids only, nothing that an interaction carries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from adapters.explain.answers import Answer, deciding_attribute
from adapters.explain.choice import Choice, Chooser, QueueView
from adapters.explain.evaluation import FILTERS, Score
from adapters.explain.grid import LOUD, Grid, Page
from adapters.explain.interaction import Life, Outcome, Stage, Waiting
from adapters.explain.offer import Explanation
from adapters.explain.ranking import Filtered, Ranked, Ranking, Subject, tie_break
from adapters.explain.words import clock, printable, seconds, share, signed_share
from adapters.verify.conditions import words as condition_words
from adapters.verify.precedence import ALIKE, TIED
from adapters.verify.scales import Scale, level_told
from adapters.verify.terms import read_requirements
from router.commands import Requirement

__all__ = ("life_page", "offer_page")

_NO_SCALES: Final[Mapping[str, Scale]] = {}
_FILTER_WORDS: Final = {name: name.replace("_", " ") for name in FILTERS}

_STRATEGY_WORDS: Final = {
    "longest_idle": "the agent who has been idle for longest",
    "least_loaded": "the agent with the largest free share of capacity",
    "most_spare_capacity": "the agent with the most free units",
    "round_robin": "the agent whose last offer lies furthest back",
    "best_skill": "the agent with the best skills",
    "least_adequate_skill": "the agent with the least skills that will do",
    "closest_match": "the agent whose skills are closest to what is asked for",
    "match_score": "the agent whose levels exceed what is asked for by most, on a curve",
    "target_share": "the agent who has had least of their share",
    "random": "the agent whom the draw of this offer names",
    "by_attributes": "the agent who comes first by their attributes",
}
_ORDER_WORDS: Final = {
    "priority": "the highest priority first, then the oldest",
    "ageing": "priority, and points for each minute of waiting",
    "deadline": "the earliest deadline first",
    "oldest_first": "the oldest first, whatever its priority",
    "predicted_wait": "who would have waited longest if passed over",
    "newest_first": "the newest first, whatever its priority",
}


def offer_page(found: Explanation, top: int | None, outcome: Outcome | None = None) -> Page:
    """One offer; ``top`` runners-up and as many of each filter, None: all."""
    event = found.event
    page: Page = [
        printable(f"offer {event.offer_id}: {event.interaction_id} to {event.agent_id}"),
        _fact("made", f"{clock(found.now_ms)} in record {found.record_id}, "
                      f"policy {event.decision.policy_version}"),
        *_subject_lines(found.ranking, found.now_ms),
        _fact("trigger", _trigger_words(found)),
        _fact("queue", _queue_words(found.queue_view)),
    ]  # fmt: skip
    if outcome is not None:
        page.append(_fact("outcome", _outcome_words(outcome)))
    page += _answer_parts(found.ranking, found.answers) or _all_parts(found.ranking, top)
    return [*page, "", *_verdict_lines(found)]


def life_page(life: Life, top: int | None) -> Page:
    """One interaction: its offers, and why it waits."""
    until = f"the journal up to {life.record_id}, {clock(life.now_ms)}"
    count = f"{len(life.offers)} offers" if len(life.offers) != 1 else "1 offer"
    page: Page = [printable(f"interaction {life.interaction_id}: {life.state}, {count} ({until})")]
    page += [_stage_line(stage) for stage in life.stages]
    for one in life.offers:
        page += ["", *offer_page(one, top, life.outcomes.get(one.event.offer_id))]
    if life.waiting is not None:
        page += ["", *_waiting_parts(life, life.waiting, top)]
    return page


def _waiting_parts(life: Life, waiting: Waiting, top: int | None) -> Page:
    ranking = waiting.ranking
    when = f"at {clock(waiting.now_ms)} (record {waiting.record_id})"
    head = "it still waits" if life.state == "queued" else "when it was cancelled"
    page: Page = [f"{head}, {when}", *_subject_lines(ranking, waiting.now_ms)]
    page += _answer_parts(ranking, waiting.answers) or _who_could(ranking, top)
    if waiting.left_waiting:
        page += ["", f"{LOUD}: it was left waiting beside somebody who could serve it"]
    elif waiting.ranking.candidates and waiting.at_least > 1:
        page += ["", f"its queue wants {waiting.at_least} to be asked at once"]
    elif ranking.candidates:
        page += ["", "matching had not come to its end at that moment"]
    return page


def _who_could(ranking: Ranking, top: int | None) -> Page:
    """The candidates; then who has what it asks for and is kept by something else; who lacks it."""
    logged_in = ranking.counts["logged_in"]
    page: Page = ["", f"{len(ranking.candidates):,} of {logged_in:,} logged in could serve it"]
    page += _candidate_parts(ranking, top)
    lacking = [one for one in ranking.filtered if _lacks(one)]
    able = [one for one in ranking.filtered if not _lacks(one)]
    if able:
        page += ["", f"{len(able):,} with the skills, kept from it", _filtered_grid(able, top)]
    if lacking:
        page += ["", f"{len(lacking):,} without the skills", _filtered_grid(lacking, top)]
    return page


def _lacks(one: Filtered) -> bool:
    return any(obstacle.filter == "lacking_skill" for obstacle in one.obstacles)


def _all_parts(ranking: Ranking, top: int | None) -> Page:
    counts = ranking.counts
    page: Page = ["", f"{counts['candidates']:,} of {counts['logged_in']:,} could serve it"]
    page += _candidate_parts(ranking, top)
    if ranking.filtered:
        by = ranking.by_filter
        removed = [f"{by[name]:,} {_FILTER_WORDS[name]}" for name in FILTERS if by[name]]
        page += ["", f"{len(ranking.filtered):,} filtered out: {', '.join(removed)}"]
        page.append(_filtered_grid(ranking.filtered, top))
    return page


def _candidate_parts(ranking: Ranking, top: int | None) -> Page:
    shown = ranking.candidates if top is None else ranking.candidates[: top + 1]
    rows = [
        (str(rank), one.agent_id, one.score, _behind(shown[0], one))
        for rank, one in enumerate(shown, 1)
    ]
    hidden = len(ranking.candidates) - len(shown)
    page: Page = [_score_grid(rows)] if rows else []
    return [*page, f"  … and {hidden:,} more (--all)"] if hidden else page


def _filtered_grid(agents: Sequence[Filtered], top: int | None) -> Grid:
    """Up to ``top`` agents of each filter."""
    rows = []
    for name in FILTERS:
        mine = [one for one in agents if one.filter == name]
        shown = mine if top is None else mine[:top]
        rows += [(_FILTER_WORDS[name], printable(o.agent_id), _obstacles_words(o)) for o in shown]
        if len(mine) > len(shown):
            rows.append((_FILTER_WORDS[name], "…", f"{len(mine) - len(shown):,} more (--all)"))
    return Grid(("filter", "agent", "reason"), tuple(rows))


def _obstacles_words(one: Filtered) -> str:
    first = [o.reason for o in one.obstacles if o.filter == one.filter]
    others = [o.reason for o in one.obstacles if o.filter != one.filter]
    return "; ".join(first) + (f" (and besides: {'; '.join(others)})" if others else "")


def _behind(best: Ranked, one: Ranked) -> str:
    if one is best:
        return "best"
    match tie_break(best, one):
        case "longest_idle":
            return f"tie: idle {seconds(one.turn.place - best.turn.place)} less"
        case "round_robin":
            return "tie: had a later offer"
        case "target_share":
            return "tie: further ahead of their share"
        case "random":
            return "tie: by the draw"
        case "by_attributes":
            return f"tie: by {printable(deciding_attribute(best, one))}"
        case "agent_id":
            return "tie: by name"
        case _:
            return signed_share(one.score.total - best.score.total)


def _score_grid(rows: Sequence[tuple[str, str, Score, str]]) -> Grid:
    """Each term as its value and what that adds to the score (its share of all weights)."""
    terms = rows[0][2].terms if rows else ()
    names = tuple(f"{term.name} ×{term.weight / 1_000:g}" for term in terms)
    cells = tuple(
        (rank, printable(agent_id), share(score.total), *_term_cells(score), note)
        for rank, agent_id, score, note in rows
    )
    return Grid(("#", "agent", "score", *names, "behind"), cells, right=("#",))


def _term_cells(score: Score) -> Iterable[str]:
    for term in score.terms:
        yield f"{share(term.value)} +{share(term.points // score.weights)}"


def _answer_parts(ranking: Ranking, answers: Sequence[Answer]) -> Page:
    """The best and the agents asked about; a rank in brackets is what it would have been."""
    if not answers:
        return []
    best = ranking.candidates[0] if ranking.candidates else None
    rows = [("1", best.agent_id, best.score, "best")] if best else []
    for answer in answers:
        if answer.score is None or answer.rank == 1:
            continue
        rank = str(answer.rank or f"({answer.would_rank})")
        gap = answer.score.total - best.score.total if best else 0
        rows.append((rank, answer.agent_id, answer.score, signed_share(gap) if best else ""))
    page: Page = ["", _score_grid(rows)] if rows else []
    return [*page, "", *(printable(_answer_words(ranking, one)) for one in answers)]


def _answer_words(ranking: Ranking, answer: Answer) -> str:
    question = f"why not {answer.agent_id}?"
    if answer.rank == 1:
        return f"{question} it is {answer.agent_id}: {answer.words}"
    if answer.rank:
        return f"{question} rank {answer.rank} of {len(ranking.candidates):,}: {answer.words}"
    told = [f"{_FILTER_WORDS[one.filter]}: {one.reason}" for one in answer.obstacles]
    if answer.score is None:
        return f"{question} not logged in: {answer.words}"
    best = f"else {share(answer.score.total)}, rank {answer.would_rank}"
    return f"{question} {'; '.join(told)} ({best})"


def _subject_lines(ranking: Ranking, now_ms: int) -> list[str]:
    subject = ranking.subject
    waited = f"waited {seconds(now_ms - subject.origin_ms)}, target {seconds(subject.target_ms)}"
    label = f" ({subject.label})" if subject.label else ""
    words = (
        f"{subject.interaction_id}: {subject.channel}{label} in {subject.queue}, "
        f"priority {subject.priority}, {waited}: urgency {share(ranking.urgency_ppm)}"
    )
    lines = [
        _fact("interaction", words),
        _fact("asks for", _requirements_words(subject.requirements, ranking.scales)),
    ]
    if subject.step:
        lines.append(_fact("step", _step_words(subject.step, subject)))
    if subject.strategy != "score":
        lines.append(_fact("strategy", f"{subject.strategy}: {_STRATEGY_WORDS[subject.strategy]}"))
    if subject.bucket:
        lines.append(_fact("bucket", subject.bucket))
    elif subject.order != "urgency":
        lines.append(_fact("order", f"{subject.order}: {_ORDER_WORDS[subject.order]}"))
    return lines


def _stage_line(stage: Stage) -> str:
    if stage.event == "moved":
        return _fact("moved", f"at {clock(stage.at_ms)} to {stage.queues[0]}, {_moved_by(stage)}")
    if stage.event == "reclassified":
        by = f" by {', '.join(stage.rules)}" if stage.rules else ""
        asked = _requirements_words(stage.requirements)
        where = f"{stage.queues[0]}, priority {stage.priority}, asks for {asked}"
        return _fact("classified", f"anew at {clock(stage.at_ms)}{by}: {where}")
    if stage.event == "linked":
        return _fact("goes on", f"from {stage.target} ({stage.name})")
    if stage.event == "expired":
        asked = _requirements_words(stage.requirements)
        return _fact("expired", f"at {clock(stage.at_ms)} some of what it asked for; left: {asked}")
    if stage.event in _WAIT_WORDS:
        return _fact(stage.event.removesuffix("_failed"), _WAIT_WORDS[stage.event](stage))
    if stage.queues:
        return _fact("overflow", f"at {clock(stage.at_ms)}: {' → '.join(stage.queues)}")
    if stage.target:
        rule = f"by the queue's overflow rule {' '.join(stage.rules)}"
        by = _last_step(stage) if stage.step else rule
        by = f"after {stage.attempt} failed attempts" if stage.attempt else by
        return _fact("diverted", f"at {clock(stage.at_ms)} to {stage.target}, {by}")
    if stage.rules:
        return _fact("classified", f"at {clock(stage.at_ms)} by {', '.join(stage.rules)}")
    if not stage.step:
        return _fact("step", f"none from {clock(stage.at_ms)} on: its workflow is gone")
    words = _step_words(f"{stage.step} {stage.name}".strip(), stage)
    asked = _requirements_words(stage.requirements)
    return _fact(
        "step", f"{words} (began {clock(stage.at_ms)}, priority {stage.priority}, asks for {asked})"
    )


def _moved_by(stage: Stage) -> str:
    if stage.step:
        return _last_step(stage)
    return f"{stage.declines} declined or did not answer" if stage.declines else "handed over"


def _suspended_words(stage: Stage) -> str:
    until = f"until {clock(stage.until_ms)}" if stage.until_ms else "until it is resumed"
    told = f", when {stage.target} is told" if stage.target else ""
    reason = f": {stage.reason}" if stage.reason else ""
    moved = f" (not {clock(stage.asked_ms)}, by calling hours)" if stage.asked_ms else ""
    return f"at {clock(stage.at_ms)} {until}{moved}{told}{reason}"


def _attempt_words(stage: Stage) -> str:
    why = f": {stage.reason}" if stage.reason else ""
    return f"{stage.attempt} failed at {clock(stage.at_ms)}{why}"


def _noted_words(stage: Stage) -> str:
    author = f" by {stage.name}" if stage.name else ""
    text = f": {stage.reason}" if stage.reason else ""
    return f"at {clock(stage.at_ms)}{author}{text}"


def _told_words(stage: Stage) -> str:
    place = f"place {stage.position} of {stage.waiting:,}" if stage.position else "being offered"
    wait = "no wait, as too little was known"
    if stage.wait_ms:
        known, low, high = map(seconds, stage.wait_ms)
        wait = f"a wait of {known} ({low} to {high})"
    told = f"at {clock(stage.at_ms)}: {place} in {stage.queues[0]}"
    return f"{told}, {wait}" if stage.position else told


_WAIT_WORDS: Final[dict[str, Callable[[Stage], str]]] = {
    "attempt_failed": _attempt_words,
    "suspended": _suspended_words,
    "due": lambda stage: f"at {clock(stage.at_ms)}: {stage.target} was told, and is to resume it",
    "resumed": lambda stage: f"at {clock(stage.at_ms)}: it waited from then on",
    "told": _told_words,
    "noted": _noted_words,
    "idled": lambda stage: f"at {clock(stage.at_ms)}: it left its room with {stage.target}",
    "waking": lambda stage: (
        f"at {clock(stage.at_ms)}: {stage.target} had no room for it; waited for, "
        f"until {clock(stage.until_ms)} at the longest"
    ),
    "woken": lambda stage: f"at {clock(stage.at_ms)}: {stage.target} had room for it again",
}


def _last_step(stage: Stage) -> str:
    name = stage.name or " ".join(stage.rules)
    return f"by step {stage.step} {name}".strip()


def _step_words(number: str | int, step: Stage | Subject) -> str:
    until_ms = step.until_ms if isinstance(step, Stage) else step.step_until_ms
    words = f"{number}, until {clock(until_ms)}" if until_ms else f"{number}, for good"
    words += ", then for agents of further profiles too" if step.continues else ""
    if isinstance(step, Stage) and step.shut:
        words += f", without the pools of step {', '.join(map(str, step.shut))}"
    return words + (", kept for those who know the customer" if step.only_preferred else "")


def _requirements_words(
    requirements: tuple[Requirement, ...], scales: Mapping[str, Scale] = _NO_SCALES
) -> str:
    return ", ".join(_requirement_words(one, scales) for one in requirements) or "no skills"


def _requirement_words(requirement: Requirement, scales: Mapping[str, Scale]) -> str:
    asked = read_requirements((msgspec.to_builtins(requirement),))[0]
    if asked.condition is not None:
        words = condition_words(asked.condition)
    else:
        scale = scales.get(requirement.skill, ())
        words = f"{requirement.skill} {requirement.op} {level_told(scale, requirement.level)}"
        if requirement.op == "between":
            words += f" and {level_told(scale, requirement.level_max)}"
    marks = [] if requirement.hard else ["soft"]
    marks += [f"weight {requirement.weight}"] if requirement.weight != 1 else []
    return words + (f" ({', '.join(marks)})" if marks else "")


_TOLD: Final = {
    "direct": "direct: a command named this agent; below is how the engine would have ranked them",
    "assigned": "assigned: a command gave it to this agent at once, whatever the ranking says",
}


def _trigger_words(found: Explanation) -> str:
    told = _TOLD.get(found.event.decision.trigger)
    if told is not None:
        return told + (", room or not" if found.event.over_capacity else "")
    if found.event.decision.trigger == "interaction":
        return "interaction: it looked for an agent itself, after the agents who had become free"
    joint = found.event.decision.joint
    if joint is not None:
        return (
            f"joint: assigned at once with others, {joint.agents} agents and {joint.interactions} "
            "interactions were compared; each may be worth more elsewhere"
        )
    chooser = found.queue_view.chooser
    if found.asked_before:
        return f"agent: offered to more at once; {found.asked_before} were asked already"
    if chooser is None:
        return "agent: chosen by an agent who had become free (the journal does not tell who)"
    sure = "" if chooser.certain else ", most likely: matching went on from an earlier record"
    first, *others = chooser.choices
    value = f"value {share(first.value)}"
    if found.ranking.subject.weighed:
        value += f", of which {share(first.pair)} for the pair"
    free = "had become free" if found.event.decision.chosen is None else "was free"
    words = f"agent: {chooser.agent_id} {free} and chose it ({value}{sure})"
    words += _precedence_words(chooser)
    if chooser.agent_id != found.event.agent_id:
        words += f"; {found.event.agent_id} is the better agent for it"
    if others:
        told = ", ".join(_choice_words(one) for one in others)
        ranked = "" if first.precedence == others[-1].precedence else " (by priority)"
        words += f"; next in value{ranked}: {told}"
    return words


def _precedence_words(chooser: Chooser) -> str:
    """What put it before what is worth more."""
    first = chooser.choices[0].precedence
    if all(one.precedence == ALIKE for one in chooser.choices):
        return ""
    if first == TIED:
        return f", before everything else: {chooser.agent_id} knows the customer"
    return f", by its queue's priority {first} in their profile"


def _choice_words(one: Choice) -> str:
    priority = f" (priority {one.precedence})" if one.precedence > ALIKE else ""
    return f"{one.interaction_id} {share(one.value)}{priority}"


def _queue_words(view: QueueView) -> str:
    return f"{view.waiting:,} waiting, {view.more_urgent:,} of them more urgent than this one"


def _outcome_words(outcome: Outcome) -> str:
    reason = f": {outcome.reason}" if outcome.reason else ""
    return f"{outcome.event.removeprefix('offer_')} at {clock(outcome.at_ms)}{reason}"


def _verdict_lines(found: Explanation) -> list[str]:
    if not found.mismatches:
        stored = f"the same {len(found.event.decision.best)} best with every term"
        return [f"recomputed from the journal: the same winner, counts and urgency, {stored}"]
    return [
        printable(
            f"{LOUD} in {one.field}: the journal says {one.journal}, recomputed {one.recomputed}"
        )
        for one in found.mismatches
    ]


def _fact(name: str, words: str) -> str:
    return printable(f"  {name:<12} {words}")
