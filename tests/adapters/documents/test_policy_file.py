"""Policy files: valid ones load, others are told fault by fault, with line and column."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.documents.faults import DocumentUnreadableError, near
from adapters.documents.policy_file import (
    PolicyFileError,
    check_policy,
    load_policy,
    parse_policy_text,
)
from adapters.documents.policy_yaml import policy_yaml
from router.errors import PolicyError
from router.policy import default_policy

EXAMPLES = Path(__file__).parents[3] / "examples"

NO_NAME = (
    "4:3: channels.bad name!: 'bad name!' cannot be a name: use letters, digits and _ . : - "
    "and begin with a letter or digit"
)

NOTHING = (
    "7:9: channels.email: expected a map of fields, not nothing (write {} to take every default)"
)


def faults(text: str) -> list[str]:
    with pytest.raises(PolicyFileError) as caught:
        parse_policy_text(text, "p.yaml")
    return [str(fault) for fault in caught.value.faults]


def warnings(text: str) -> list[str]:
    return [str(fault) for fault in parse_policy_text(text).warnings]


def test_the_built_in_policy_survives_being_written_and_read() -> None:
    checked = parse_policy_text(policy_yaml(default_policy()))
    assert checked.policy == default_policy()
    assert not checked.warnings


def test_the_example_is_valid_without_a_warning() -> None:
    checked = check_policy(EXAMPLES / "mixed-center.yaml")
    assert len(checked.policy.channels) == 9
    assert len(checked.policy.queues) == 4
    assert checked.warnings == []


def test_every_fault_of_a_bad_file_is_told_at_its_place() -> None:
    assert faults(
        "name: {}\n"
        "channels:\n"
        "  voice: {cost: 100, exclusiv: true, offer_ttl: 20}\n"
        "  bad name!: {cost: 1}\n"
        "  chat:\n"
        "    maximum: 0\n"
        "  email:\n"
        "  sms: {cost: abc}\n"
        "skills: [a]\n"
        "capacity: .inf\n"
        "weights: {skil: 3}\n"
    ) == [
        "1:1: queues: this field is required and missing",
        "1:7: name: expected text, not a map",
        "3:22: channels.voice.exclusiv: there is no such field (did you mean 'exclusive'?)",
        "3:38: channels.voice.offer_ttl: there is no such field (did you mean 'offer_ttl_s'?)",
        NO_NAME,
        "6:14: channels.chat.maximum: should be greater than or equal to 1, not '0'",
        NOTHING,
        "8:15: channels.sms.cost: expected a whole number, not 'abc'",
        "9:9: skills: expected a map, not a list",
        "10:11: capacity: expected a whole number, not '.inf'",
        "11:11: weights.skil: there is no such field (did you mean 'skill'?)",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "channels: {voice: {}}\nqueues: {q: {targets_s: {voise: 20}}}\n",
            "2:33: queues.q.targets_s.voise: there is no channel 'voise'; the channels",
        ),
        (
            "channels: {voice: {}}\nqueues: {billing: {}}\ndefault_queue: biling\n",
            "3:16: default_queue: there is no queue 'biling'; the queues are: billing",
        ),
        (
            "channels:\n  voice: {maximum: yes}\nqueues: {q: {}}\n",
            "2:20: channels.voice.maximum: expected a whole number, not 'yes'",
        ),
        (
            "channels: {voice: {exclusive: 3}}\nqueues: {q: {}}\n",
            "1:31: channels.voice.exclusive: expected yes or no (true or false), not '3'",
        ),
        (
            "channels: {v: {}}\nqueues:\n  q: {weights: {skill: 0, history: 0, load: 0, idle: 0}}",
            "3:16: queues.q.weights: at least one weight must be",
        ),
        ("channels: {voice: {}, voice: {}}", "1:23: channels.voice: 'voice' stands here twice"),
        ("[1, 2]", "1:1: expected a map with channels and queues"),
        ("channels: {}\nqueues: {q: {}}", "1:11: channels: should have at least 1 item"),
        (
            "channels: {a: {cost: 500}}\nqueues: {q: {}}\n",
            "1:22: channels.a.cost: cost 500 is more than the capacity of an agent (100)",
        ),
    ],
)
def test_single_faults(text: str, expected: str) -> None:
    assert faults(text)[0].startswith(expected)


def test_names_that_are_nearly_right_are_recognised() -> None:
    (fault,) = faults("channels: {voice: {}}\nqueues: {q: {targets_s: {voise: 20}}}\n")
    assert fault.endswith("(did you mean 'voice'?)")
    (fault,) = faults("channels: {v: {}}\nqueues: {billing: {}}\ndefault_queue: biling\n")
    assert fault.endswith("(did you mean 'billing'?)")


def test_keys_that_yaml_takes_for_something_else_are_names() -> None:
    text = "name: 2024\nchannels: {on: {}}\nqueues: {no: {}, 911: {}}\ndefault_queue: no\n"
    policy = parse_policy_text(text).policy
    assert (policy.name, policy.default_queue) == ("2024", "no")
    assert set(policy.queues) == {"no", "911"}
    assert set(policy.channels) == {"on"}


def test_the_error_is_a_policy_error_that_names_the_file() -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy_text("channels: 3", "center.yaml")
    assert str(caught.value).startswith("center.yaml:1:")
    assert caught.value.problems


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("channels: {v: {exclusive: true, maximum: 4}}", "never held 4 times"),
        ("channels: {c: {cost: 40, maximum: 4}}", "at most 2 fit"),
        ("channels: {v: {offer_ttl_s: 90}}", "one unanswered offer (90 s) outlasts"),
        ("channels: {v: {}}\nurgency: {weight: 0}", "may never be offered"),
        ("channels: {v: {labels: {l: {maximum: 1}}}}", "l allows 1, and the channel 1: it limits"),
    ],
)
def test_warnings_for_what_is_valid_and_odd(text: str, words: str) -> None:
    found = warnings(f"{text}\nqueues: {{q: {{}}}}\ndefault_queue: q\n")
    assert [words in warning for warning in found] == [True]


@pytest.mark.parametrize(
    ("queue", "words"),
    [
        ("{strategy: round_robin, weights: {}}", "1:59: queues.q.weights: they count only with"),
        (
            "{ageing_points_per_minute: 2}",
            "1:59: queues.q.ageing_points_per_minute: it counts only with the order ageing",
        ),
        ("{order: ageing, ageing_points_per_minute: 2, strategy: score, weights: {}}", ""),
    ],
)
def test_warnings_for_what_a_queue_says_in_vain(queue: str, words: str) -> None:
    found = warnings(f"{{channels: {{v: {{}}}}, default_queue: q, queues: {{q: {queue}}}}}\n")
    assert [re.sub(r"^1:\d+", "1:59", warning).startswith(words) for warning in found] == (
        [True] if words else []
    )


def test_a_strategy_that_is_nearly_right_is_recognised() -> None:
    (fault,) = faults("channels: {v: {}}\nqueues: {q: {strategy: round robin}}\n")
    assert fault.startswith("2:24: queues.q.strategy: should be 'score', 'longest_idle'")
    assert fault.endswith("not 'round robin' (did you mean 'round_robin'?)")


def test_a_queue_s_shorter_target_counts_for_the_offer_warning() -> None:
    text = "channels: {v: {offer_ttl_s: 30, target_s: 60}}\nqueues: {q: {targets_s: {v: 10}}}\n"
    assert any("target (10 s)" in warning for warning in warnings(text))


def test_no_default_queue_is_worth_a_warning() -> None:
    assert any("must name its queue" in w for w in warnings("channels: {v: {}}\nqueues: {q: {}}"))


def test_dangling_references_are_told_beside_other_faults() -> None:
    text = (
        "channels: {voice: {cost: 300, maximum: x}, chat: 7}\n"
        "queues: {q: {targets_s: {chat: 9, pigeon: 9}}}\n"
        "default_queue: qq\nexclusiv: 1\n"
    )
    assert [fault.split(": ")[1] for fault in faults(text)] == [
        "channels.voice.cost",
        "channels.voice.maximum",
        "channels.chat",
        "queues.q.targets_s.pigeon",
        "default_queue",
        "exclusiv",
    ]


def test_a_faulty_name_or_capacity_makes_no_reference_dangle() -> None:
    text = "channels: {v: {}}\nqueues: {'a b': {}, q: {}}\ndefault_queue: 'q'\n"
    assert len(faults(text)) == 1
    text = "channels: {v: {cost: 150}}\nqueues: {q: {}}\ndefault_queue: q\ncapacity: x\n"
    assert len(faults(text)) == 1


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(
        DocumentUnreadableError, match=r"absent\.yaml: cannot be read: No such file"
    ):
        load_policy(tmp_path / "absent.yaml")
    with pytest.raises(DocumentUnreadableError, match="cannot be read"):
        load_policy(tmp_path)
    broken = tmp_path / "broken.yaml"
    broken.write_bytes(b"\x80\x81")
    with pytest.raises(PolicyFileError, match=r"broken\.yaml:1:1: the file is not UTF-8"):
        load_policy(broken)


def test_near_names() -> None:
    assert near("Emial", ["email", "voice"]) == "did you mean 'email'?"
    assert near("zzz", ["email"]) == ""


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("workflows: {w: {steps: [{}]}}", "workflows.w", "no queue uses this workflow"),
        (
            "classification: [{priority: 1}, {priority: 2}]",
            "classification.0",
            "the rules behind it are never reached",
        ),
        (
            "classification: [{add: [{any: [{skill: tech, op: '>', level: 5}, {skill: tech}]}]}]",
            "classification.0.add",
            "no agent can meet tech > 5: its levels go to 5",
        ),
        (
            "workflows: {w: {steps: [{require: [{skill: tech, level: 6}]}]}}",
            "workflows.w.steps.0.require",
            "no agent can meet tech >= 6",
        ),
        ("profiles: {p: {}}", "profiles.p", "agents with this profile get nothing"),
        ("profiles: {p: {}}", "queues.q", "only agents without a profile serve it"),
        (
            "profiles: {p: {queues: {q: {priority: 2}}}}",
            "profiles.p.queues",
            "all have the same priority",
        ),
        ("pools: {p: {require: [{skill: tech}]}}", "pools.p", "no queue and no step names"),
        (
            "queues: {q: {activation: {overload: {first: {waiting_at_least: 9}}}}}",
            "queues.q.activation.overload",
            "nobody comes when it is past that",
        ),
        ("pools: {p: {require: [{skill: tech, level: 6}]}}", "pools.p.require", "no agent can"),
        ("decline_retry_s: 0", "decline_retry_s", "others wait behind it"),
    ],
)
def test_what_can_hardly_be_meant_is_worth_a_warning(text: str, where: str, words: str) -> None:
    start = "channels: {chat: {}}\ndefault_queue: q\nskills: {tech: {levels: 5}}\n"
    start += "" if text.startswith("queues") else "queues: {q: {}}\n"
    warnings = parse_policy_text(start + text + "\n").warnings
    assert [words in fault.message for fault in warnings if fault.field == where] == [True]


def test_known_first_where_nobody_is_known_is_worth_a_warning() -> None:
    text = "channels: {chat: {}}\nqueues: {q: {preferred_first: true}}\ndefault_queue: q\n"
    assert not parse_policy_text(text).warnings
    text += "history: {last_agent: 0, owner: 0, outcome: 0}\n"
    assert [fault.field for fault in parse_policy_text(text).warnings] == [
        "queues.q.preferred_first"
    ]


def test_a_delay_until_after_the_end_is_worth_a_warning() -> None:
    text = """\
channels: {chat: {target_s: 40}}
queues: {a: {workflow: w}, b: {workflow: w, targets_s: {chat: 60}}}
workflows: {w: {steps: [{until_s: 20}, {until_target: 1}, {divert: voicemail}]}}
profiles:
  p: {queues: {a: {delay_s: 39.5}, b: {}}}
  q: {queues: {a: {delay_s: 40}, b: {delay_s: 59}}}
"""
    warnings = parse_policy_text(text).warnings
    found = [fault.field for fault in warnings if "sent away after 40 s" in fault.message]
    assert found == ["profiles.q.queues.a.delay_s"]


def test_overflow_in_a_circle_is_worth_a_warning() -> None:
    text = """\
channels: {chat: {}}
queues:
  a: {overflow: [{when: {waiting_at_least: 9}, queue: b}]}
  b:
    overflow:
      - {when: {waiting_at_least: 9}, divert: voicemail}
      - {when: {logged_in_below: 1}, queue: c}
  c: {overflow: [{when: {waiting_at_least: 9}, queue: b}]}
  d: {overflow: [{when: {waiting_at_least: 9}, queue: a}]}
"""
    warnings = parse_policy_text(text).warnings
    found = [(fault.field, fault.line) for fault in warnings if "circle" in fault.message]
    assert found == [("queues.b.overflow.1.queue", 7), ("queues.c.overflow.0.queue", 8)]


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("queues: {a: {hours: offise}}", "queues.a.hours", "did you mean 'office'?"),
        (
            "queues: {office: {overflow: [{when: {closed: yes}, queue: offic}], hours: office}}",
            "queues.office.overflow.0.queue",
            "did you mean 'office'?",
        ),
        (
            "queues: {office: {}}\nprofiles: {p: {queues: {offic: {}}}}",
            "profiles.p.queues.offic",
            "did you mean 'office'?",
        ),
        (
            "queues: {a: {pool: offic}}\npools: {office: {require: [{expression: 'true'}]}}",
            "queues.a.pool",
            "did you mean 'office'?",
        ),
        (
            "queues: {a: {workflow: w}}\nworkflows: {w: {steps: [{queue: a}]}}",
            "queues.a.workflow",
            "in a circle: a → a",
        ),
        (
            "queues: {office: {overflow: [{when: {queue: offic, waiting_below: 2}, divert: x}]}}",
            "queues.office.overflow.0.when.queue",
            "did you mean 'office'?",
        ),
        (
            "queues: {office: {overflow: [{when: {pool: x, idle_below: 2}, divert: y}]}}",
            "queues.office.overflow.0.when.pool",
            "there is no pool 'x'",
        ),
        (
            "queues: {office: {rescue: {queue: offic, after_declines: 2}}}",
            "queues.office.rescue.queue",
            "did you mean 'office'?",
        ),
        (
            "queues: {a: {rescue: {queue: a, after_declines: 2}}}",
            "queues.a.rescue.queue",
            "in a circle: a → a",
        ),
    ],
)
def test_names_that_stand_for_nothing_have_near_ones(text: str, where: str, words: str) -> None:
    start = "channels: {offish: {}}\nhours: {office: {week: {}}}\n"
    with pytest.raises(PolicyFileError) as caught:
        parse_policy_text(start + text + "\n")
    (fault,) = caught.value.faults
    assert fault.field == where
    told = f"{fault.message} {fault.hint}"
    assert words in told
    assert "offish" not in told


def test_a_faulty_calendar_is_told_once() -> None:
    week = "{week: {}, holidays: ['2026-12-24'], dates: {2026-12-24: []}}"
    with pytest.raises(PolicyFileError) as caught:
        parse_policy_text(
            f"channels: {{c: {{}}}}\nqueues: {{a: {{hours: o}}}}\nhours: {{o: {week}}}\n"
        )
    assert [fault.field for fault in caught.value.faults] == ["hours.o"]


def test_a_bucket_behind_one_that_takes_everything_is_worth_a_warning() -> None:
    text = (
        "channels: {v: {}}\ndefault_queue: q\nqueues:\n  q:\n    order: ageing\n    buckets:\n"
        "    - {when: 'has(interaction.a)'}\n    - {order: ageing}\n    - {order: priority}\n"
    )
    assert warnings(text) == [
        "8:7: queues.q.buckets.1: it takes everything: nothing ever stands in the buckets behind it"
    ]
    points = "    ageing_points_per_minute: 2\n"
    assert len(warnings(text.replace("order: ageing\n", "order: priority\n", 1) + points)) == 1
    assert len(warnings(text.replace("ageing", "priority") + points)) == 2


def test_a_fault_of_a_bucket_is_told_with_its_line() -> None:
    text = "channels: {v: {}}\nqueues:\n  q:\n    buckets:\n    - {order: lowest_first}\n"
    (fault,) = faults(text)
    assert fault.startswith("5:7: queues.q.buckets.0: ")
    assert "needs an attribute" in fault
    (fault,) = faults(text.replace("lowest_first", "oldest_frist"))
    assert "did you mean 'oldest_first'?" in fault
