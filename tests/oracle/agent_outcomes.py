"""What docs/protocol.md lets a command about an agent come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from router import commands as cm
from tests.oracle.asked import EFFECT, REPEATED, Asked, Outcomes, one
from tests.oracle.floor import Floor
from tests.oracle.scales import called, place


def login(asked: Asked, command: cm.AgentLogin) -> Outcomes:
    faults = {
        *_skill_faults(asked.floor, command.skills),
        *_inactive_faults(asked.floor, command, command.profile),
        *_channel_faults(asked.floor, command.maximums),
        *_channel_faults(asked.floor, command.closed_channels),
        *_activity_faults(asked.floor, command),
    }
    if command.profile not in (None, *asked.floor.in_force.policy.profiles):
        faults.add("unknown_profile")
    return frozenset(faults or {EFFECT})


def _inactive_faults(
    floor: Floor, command: cm.AgentLogin | cm.AgentSkills, profile: str | None
) -> Iterable[str]:
    skills = {**floor.in_force.defaults(profile).skills, **command.skills}
    if not set(command.inactive_skills) <= skills.keys():
        yield "invalid"


def _activity_faults(floor: Floor, command: cm.AgentLogin | cm.AgentState) -> Iterable[str]:
    if command.activity is None:
        return
    activity = floor.in_force.policy.activities.get(command.activity)
    if activity is None:
        yield "unknown_activity"
    elif command.state not in (None, "available" if activity.available else "unavailable"):
        yield "invalid"


def next_faults(
    floor: Floor, command: cm.Accept | cm.Decline | cm.Complete | cm.EndWrapUp
) -> set[str]:
    """What is against the activity that an agent would go on to."""
    if command.activity is None:
        return set()
    agent = floor.agents.get(command.agent_id)
    known = command.activity in floor.in_force.policy.activities
    faults = set() if known else {"unknown_activity"}
    return faults if agent is None or agent.logged_in else faults | {"wrong_state"}


def _skill_faults(floor: Floor, skills: Mapping[str, int | str]) -> Iterable[str]:
    policy = floor.in_force.policy
    for skill, told in skills.items():
        if skill not in policy.skills:
            yield "unknown_skill"
            continue
        level = place(policy, skill, told)
        if level is None or level > len(called(policy, skill)):
            yield "invalid"


def _channel_faults(floor: Floor, named: Iterable[str]) -> Iterable[str]:
    if any(channel not in floor.in_force.policy.channels for channel in named):
        yield "unknown_channel"


def presence(asked: Asked, command: cm.AgentLogout | cm.AgentState) -> Outcomes:
    agent = asked.floor.agents.get(command.agent_id)
    logging_out = isinstance(command, cm.AgentLogout)
    faults: set[str] = set()
    if isinstance(command, cm.AgentState):
        faults = set(_activity_faults(asked.floor, command))
        if command.state is None and command.activity is None:
            faults.add("invalid")
    if agent is None or not agent.known:
        return frozenset({"unknown_agent"} | faults)
    if not agent.logged_in:
        return frozenset({REPEATED if logging_out else "wrong_state"} | faults)
    if faults:
        return frozenset(faults)
    if isinstance(command, cm.AgentState) and state_asked(asked.floor, command) == agent.state:
        # another reason may be news
        return frozenset((REPEATED, EFFECT))
    return one(EFFECT)


def state_asked(floor: Floor, command: cm.AgentLogin | cm.AgentState) -> str:
    """Available or not, by what was said or by what the activity implies."""
    if command.activity is None:
        return command.state or "available"
    activity = floor.in_force.policy.activities[command.activity]
    return "available" if activity.available else "unavailable"


def agent_change(
    asked: Asked,
    command: cm.AgentSkills | cm.AgentCapacity | cm.AgentAttributes | cm.AgentChannels,
) -> Outcomes:
    agent = asked.floor.agents.get(command.agent_id)
    faults: set[str] = set()
    if isinstance(command, cm.AgentSkills):
        profile = agent.attributes.get("profile") if agent is not None else None
        inactive = _inactive_faults(asked.floor, command, profile)
        faults = {*_skill_faults(asked.floor, command.skills), *inactive}
    elif isinstance(command, cm.AgentChannels):
        faults = set(_channel_faults(asked.floor, command.closed_channels))
    elif isinstance(command, cm.AgentCapacity):
        faults = set(_channel_faults(asked.floor, command.maximums))
    if agent is None or not agent.known:
        return frozenset({"unknown_agent"} | faults)
    if not agent.logged_in:
        return frozenset({"wrong_state"} | faults)
    return frozenset(faults or {EFFECT, REPEATED})
