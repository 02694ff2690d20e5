"""Judge routing quality against exact answers and baselines."""

from __future__ import annotations

import inspect
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from adapters.cli.output import Exit, console, error_console, report_console
from benchmarks.quality.holds import Comparison, compare, print_comparisons
from benchmarks.quality.holds import to_document as holds_document
from benchmarks.quality.instance import Instance, Row
from benchmarks.quality.models.catalogue import MODELS, Model
from benchmarks.quality.optimiser import optimise
from benchmarks.quality.policies import OF_THE_CENTER, QUEUE, choices_of, with_choices
from benchmarks.quality.report import (
    checks,
    costs_document,
    print_costs,
    print_instance,
    to_document,
)
from benchmarks.quality.running import Effort, run_followed
from benchmarks.quality.waits import MODELS as FLOORS
from benchmarks.quality.waits import Calibration, Floor, measure, print_calibrations
from benchmarks.quality.waits import to_document as waits_document
from benchmarks.reporting import JsonOption, write_report
from benchmarks.scenario.policies import policy_of
from benchmarks.simulator.estimates import check
from benchmarks.simulator.workers import workers

__all__ = ("app",)

PLAIN_WIDTH = 160

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help=(
        "Judge routing quality: the real engine in virtual time, against what is known.\n\n"
        "Models of a center for any numbers. Every measure comes with its 95 % confidence "
        "interval. Where an answer is known, the report says whether it lies within three standard "
        "errors; the exit code is 1 if one does not. `onequeue bench quality` compares OneQueue "
        "with every named strategy; `onequeue simulate` plays a center of your own.\n\n"
        "\b\nExamples:\n"
        "  onequeue quality list                               the models\n"
        "  onequeue quality xmodel                             its published instances\n"
        "  onequeue quality xmodel --arrivals 12,6 --agents 50,40\n"
        "  onequeue quality erlang-c --arrivals 100/h --handle 3 --agents 7\n"
        "  onequeue quality surge --factor 3 --lasts 20        a higher rate for a while\n"
        "  onequeue quality match-value --load 80 --policy center.yaml --json out.json\n"
        "  onequeue quality waits                              what callers are told of a wait\n"
        "  onequeue quality holds                              what holds for own agents cost\n"
        "  onequeue quality all --calls 50000                  a quick look at every model\n"
    ),
)

Seed = Annotated[int, typer.Option(min=0, help="Another seed, other calls.")]
Calls = Annotated[int, typer.Option(min=200, help="Calls that count, for each row.")]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Compare this policy too: its weights, urgency and default queue's settings.",
    ),
]
Jobs = Annotated[int | None, typer.Option(min=1, help="Processes [default: one for each core].")]

CALLS: Final = 100_000
OPTIMISER_SIZE: Final = 100
OPTIMISER_ROUNDS: Final = 200


@app.command("list")
def list_models() -> None:
    """The models, one a line."""
    for name, model in MODELS.items():
        console().print(f"{name:12}  {model.summary}", markup=False)
    for own in (optimiser, waits, holds):
        console().print(f"{own.__name__:12}  {(own.__doc__ or '').partition(chr(10))[0]}")


@app.command("all")
def run_all(
    *,
    policy: PolicyFile = None,
    json_file: JsonOption = None,
    seed: Seed = 7,
    calls: Calls = CALLS,
    jobs: Jobs = None,
) -> None:
    """Every published instance of every model."""
    chosen = [(name, found) for name, model in MODELS.items() for found in model.instances()]
    _run(chosen, Effort(calls, seed), policy, json_file, jobs, optimise=True)


def _add_model(name: str, model: Model) -> None:
    """A command with the options of the model and those that all share."""
    own = inspect.signature(model.build, eval_str=True).parameters
    defaults = {key: parameter.default for key, parameter in own.items()}

    def run(**given: Any) -> None:
        shared = {key: given.pop(key) for key in _SHARED}
        # parameters that are all as published stand for everything that is published
        found = model.instances() if given == defaults else (model.build(**given),)
        _run(
            [(name, instance) for instance in found],
            Effort(shared["calls"], shared["seed"]),
            shared["policy"],
            shared["json_file"],
            shared["jobs"],
        )

    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in (*own.values(), *_SHARED.values())
    ]
    run.__doc__ = f"{model.summary}\n\n{_ALL_PUBLISHED if len(model.presets) > 1 else ''}"
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
    app.command(name)(run)


_SHARED: Final = inspect.signature(run_all, eval_str=True).parameters
_ALL_PUBLISHED: Final = "Without options of the model: every published instance of it."

for _name, _model in MODELS.items():
    _add_model(_name, _model)


@app.command()
def optimiser(
    *,
    size: Annotated[int, typer.Option(min=1, max=256, help="Agents, and as many calls.")] = 100,
    rounds: Annotated[int, typer.Option(min=2, help="Random matrices.")] = 200,
    json_file: JsonOption = None,
    seed: Seed = 7,
) -> None:
    """Joint assignment alone: random costs, whose optimum is known."""
    session = _Session()
    session.optimise(size, rounds, seed)
    session.end(json_file, seed=seed)


@app.command()
def waits(*, json_file: JsonOption = None, seed: Seed = 7, calls: Calls = CALLS) -> None:
    """Estimated waits: how often they keep within what was told."""
    session = _Session()
    session.calibrate([(floor, measure(floor, calls, seed)) for floor in FLOORS])
    session.end(json_file, seed=seed, calls=calls)


@app.command()
def holds(
    *, json_file: JsonOption = None, seed: Seed = 7, calls: Calls = CALLS, jobs: Jobs = None
) -> None:
    """Holds for the agent who knows the customer: how many reach them, at whose cost."""
    session = _Session()
    with workers(jobs) as pool:
        session.compare(compare(calls, seed, pool))
    session.end(json_file, seed=seed, calls=calls)


def _run(
    chosen: Sequence[tuple[str, Instance]],
    effort: Effort,
    policy: Path | None,
    json_file: Path | None,
    jobs: int | None,
    *,
    optimise: bool = False,
) -> None:
    session = _Session()
    with workers(jobs) as pool:
        for model, published in chosen:
            instance = published if policy is None else _with_policy(published, policy)
            session.simulate(model, instance, effort, pool)
    if optimise:
        session.optimise(OPTIMISER_SIZE, OPTIMISER_ROUNDS, effort.seed)
    session.end(json_file, seed=effort.seed, calls=effort.calls)


class _Session:
    """What one call of the command prints, collects and ends with."""

    def __init__(self) -> None:
        self._started_s = time.monotonic()
        self._screen = report_console(PLAIN_WIDTH)
        self._documents: list[dict[str, Any]] = []
        self._holds = True

    def simulate(
        self, model: str, instance: Instance, effort: Effort, pool: ProcessPoolExecutor
    ) -> None:
        """Run an instance, and report on it."""
        results = run_followed(model, instance, effort, pool)
        print_instance(instance, results, self._screen)
        self._documents.append(to_document(model, instance, results))
        self._holds &= all(found.holds for r in results for _, _, _, found in checks(r))

    def optimise(self, size: int, rounds: int, seed: int) -> None:
        """Measure the optimiser, and report on it."""
        title = f"Optimiser: {size} × {size} exponential costs"
        costs = optimise(size, rounds, seed)
        print_costs(title, costs, self._screen)
        self._documents.append(costs_document(title, costs))
        self._holds &= all(check(cost.measured, cost.known).holds for cost in costs)

    def calibrate(self, found: list[tuple[Floor, Calibration]]) -> None:
        """Report on waits that were told."""
        print_calibrations(found, self._screen)
        self._documents.append(waits_document(found))
        self._holds &= all(one.holds for _, one in found)

    def compare(self, found: list[Comparison]) -> None:
        """Report on ways to hold."""
        print_comparisons(found, self._screen)
        self._documents.append(holds_document(found))

    def end(self, json_file: Path | None, **effort: int) -> None:
        """Write the document, and exit with the verdict."""
        document = {**effort, "holds": self._holds, "instances": self._documents}
        write_report(document, json_file)
        told = ", ".join(f"{name} {number:,}" for name, number in effort.items())
        took_s = time.monotonic() - self._started_s
        error_console().print(f"Took {took_s:.0f} s; {told}.", style="dim")
        raise typer.Exit(Exit.OK if self._holds else Exit.BAD)


def _with_policy(instance: Instance, path: Path) -> Instance:
    """One more row: the file's policy on the scenario of the first."""
    scenario = instance.rows[0].scenario
    policy = policy_of(scenario)
    plain: dict[str, Any] = {key: policy[key] for key in OF_THE_CENTER if key in policy}
    chosen = with_choices({**plain, "queues": {QUEUE: {}}}, choices_of(path))
    row = Row(f"policy {path.name}", scenario.model_copy(update={"policy": chosen}))
    return replace(instance, rows=(*instance.rows, row))


if __name__ == "__main__":
    app()
