"""A policy as a page: everything stands on it in words, links lead somewhere, text stays text."""

from __future__ import annotations

import re

import pytest

from adapters.documents.policy_file import parse_policy_text
from adapters.documents.policy_page import policy_page
from router.policy import parse_policy
from tests.policies import POLICY_VARIANTS

DOCUMENT = """
name: shop
personal: {attributes: [phone|fax, name], notes: true}
approvals: {required: 2}
description: What <we> promise
channels:
  voice: {target_s: 20, exclusive: true, wrap_up: forced, wrap_up_s: 30, interrupts: [mail]}
  mail: {cost: 20, maximum: 3, target_s: 14400, auto_accept: true, description: All letters | mails}
  chat: {release_idle: true}
  sms: {instructions: {do: join, as: guest}}
  fax: {cost: 5, maximum: 9, labels: {loud: {maximum: 2}}}
  cb: {callback: {retry_after_s: 9, calling_hours: office, divert: x}}
skills:
  french: {levels: 5, owner: Ada}
activities:
  lunch: {description: At noon}
profiles:
  line:
    owner: Kim
    queues: {sales: {}, care: {priority: 2, delay_s: 90, reserve: 2}}
    skills: {french: 2}
    capacity: 60
pools:
  paris: {description: The shop, profiles: [line], require: [{skill: french}]}
  lyon: {profiles: [line]}
hours:
  office:
    zone: Europe/Paris
    week: {mon: ["09:00-12:00", "13:00-17:00"], tue: []}
    holidays: ["2026-12-25"]
workflows:
  patient:
    owner: Bob
    steps:
      - {name: experts, until_s: 90, add: [{skill: french, level: 3}]}
      - {until_target: 1.5, lower: {french: 2}, priority: 1}
      - {divert: voicemail}
queues:
  sales:
    owner: Eve
    workflow: patient
    hours: office
    targets_s: {voice: 10}
    offers_at_once: 3
    offers_at_least: 2
    rescue: {queue: care, after_declines: 5, owner: Eve}
    overflow:
      - {name: night, when: {closed: true}, queue: care}
      - {when: {waiting_at_least: 9}, refuse: too many}
  care:
    strategy: round_robin
    order: priority
    preferred_first: true
    pool: paris
    instructions: {do: <call>}
    activation:
      groups:
        - pool: lyon
          owner: Eve
          open_if: [{waiting_at_least: 6, service_level_below: 0.8}, {pool: lyon, idle_below: 2}]
          close_if: [{waiting_below: 1}]
      overload: {first: {longest_wait_above_s: 30}, second: {queue: sales, waiting_at_least: 9}}
  desk:
    strategy: by_attributes
    order_by: [{attribute: grade, descending: true, owner: Eve}, {attribute: jobs}]
classification:
  - {name: loud, when: interaction.loud, label: loud, then: continue}
  - {name: gold, when: interaction.tier == "gold", priority: 5, then: continue}
  - {queue: care, description: the rest}
default_queue: care
offers_per_agent: 2
sign_off_after_s: 86400
intake:
  open_max: 500
  producers: {web: {creates_per_s: 2.5, burst: 9, owner: Eve}, crm: {}}
  other_producers: {open_max: 20, creates_per_s: 1}
"""

EXPECTED = """\
# shop

What \\<we\\> promise

Arrivals without a queue go to [care](#queue-care).
An agent holds 100 units of work, unless the login says otherwise.
An agent is asked for 2 interactions at a time, at most.
Who declines is not offered the same again for 60 s.
Agents of whom nothing is heard for 24 h are logged out.
All together may have at most 500 interactions at once.
web may have at most 2.5 new ones a second (9 in a burst).
Other producers together may have at most 20 interactions at once and 1 new ones a second.
Personal data, hidden by default: phone\\|fax, name, notes.
Of those who have not worked on it, 2 approve a draft.

## Channels

| channel | takes | rings | wrap-up | target | besides |
|---|---|---|---|---|---|
| voice | 100 units, at most 1, alone | 20 s | forced 30 s | 20 s | interrupts mail |
| mail | 20 units, at most 3 | 20 s | none | 4 h | All letters \\| mails; accepts by itself |
| chat | 100 units, at most 1 | 20 s | none | 60 s | no room while idle, woken within 15 min |
| sms | 100 units, at most 1 | 20 s | none | 60 s | instructions: do join, as guest |
| fax | 5 units, at most 9 | 20 s | none | 60 s | 2 loud at most |
| cb | 100 units, at most 1 | 20 s | none | 60 s | calls 3 times, 9 s apart, within office; then x |

## Queues

### <a id="queue-sales"></a>sales

Owner: Eve

* chosen by **score**, in the order of **urgency**
* voice within 10 s
* goes through [patient](#workflow-patient)
* asks 3 agents at once, 2 at least
* open in [office](#hours-office)
* when closed, an arrival goes to [care](#queue-care) (night)
* when waiting at least: 9, an arrival is refused: too many
* after 5 declines it goes to [care](#queue-care) — owner: Eve

### <a id="queue-care"></a>care

* chosen by **round_robin**, in the order of **priority**; first for who knows the customer
* served by [paris](#pool-paris)
* served by [lyon](#pool-lyon) as well — owner: Eve
  * opens when (waiting at least: 6; service level below: 0.8) and (pool: lyon; idle below: 2)
  * closes when (waiting below: 1)
* by its first reserve when longest wait above s: 30
* by its second reserve when queue: sales; waiting at least: 9
* looked at every 10 s
* instructions: do \\<call\\>

### <a id="queue-desk"></a>desk

* chosen by **by_attributes** (highest grade — owner: Eve, lowest jobs), in the order of **urgency**

## Profiles

### <a id="profile-line"></a>line

Owner: Kim

* serves [sales](#queue-sales), priority 1
* serves [care](#queue-care) once it is 90 s old, in its reserve 2, priority 2
* unless the login says otherwise: skills: (french: 2); capacity: 60

## Pools

* <a id="pool-paris"></a>**paris**: profiles: line; require: `french >= 1` — The shop
* <a id="pool-lyon"></a>**lyon**: profiles: line

## Classification

In this order; the first that applies decides.

1. **loud**: when `interaction.loud`: label: loud, and goes on
2. **gold**: when `interaction.tier == "gold"`: priority: 5, and goes on
3. always: queue: care — the rest

## Workflows

### <a id="workflow-patient"></a>patient

Owner: Bob

1. **experts**, until it is 90 s old: add: `french >= 3`
2. until 1.5 × the target: lower: (french: 2); priority: 1
3. for good: divert: voicemail

## Hours

### <a id="hours-office"></a>office

* time of Europe/Paris
* mon: 09:00-12:00, 13:00-17:00
* tue: closed
* closed on 2026-12-25

## Skills

* **french** — owner: Ada

## Activities

* **lunch** — At noon
"""


def test_the_whole_page() -> None:
    assert policy_page(parse_policy_text(DOCUMENT).policy) == EXPECTED


@pytest.mark.parametrize("name", POLICY_VARIANTS)
def test_every_link_leads_somewhere(name: str) -> None:
    policy = parse_policy(POLICY_VARIANTS[name])
    page = policy_page(policy)
    anchors = set(re.findall(r'<a id="([^"]+)">', page))
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= anchors
    assert anchors >= {f"queue-{queue}" for queue in policy.queues}


def test_levels_are_told_as_people_call_them() -> None:
    scales = "skills: {french: {levels: [basic, fluent]}, claims: {levels: 20, best: lowest}}"
    document = "channels: {chat: {}}\nqueues: {general: {}}\n"
    page = policy_page(parse_policy_text(document + scales).policy)
    assert "* **french**: levels: basic, fluent" in page
    assert "* **claims**: levels: 20; best: lowest" in page


def test_buckets_stand_in_their_order() -> None:
    document = """
channels: {chat: {}}
queues:
  general:
    buckets:
      - {name: due, when: has(interaction.due), order: lowest_first, attribute: due, owner: Kim}
      - {order: priority}
"""
    page = policy_page(parse_policy_text(document).policy)
    when = "when `has(interaction.due)`"
    assert f"* bucket 1: **due**, {when}, in the order of **lowest_first** due — owner: Kim" in page
    assert "* bucket 2: all, in the order of **priority**\n" in page
