"""FreeSWITCH as far as the adapter and its dialplan need it: it runs the dialplan that is shipped.

It reads the XML as FreeSWITCH does (contexts, conditions, variables, applications), keeps hash
tables, answers API commands word for word as FreeSWITCH's source says, and lets phones ring. What
it does not know is an error, so nothing passes by being ignored.
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Final
from xml.etree import ElementTree as ET

from adapters.voice.freeswitch import DIALPLAN
from tests.adapters.voice.event_socket import EventSocketServer

__all__ = ("Channel", "Switch")

VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")
GLOBALS: Final = {"$${hold_music}": "local_stream://moh"}
PUBLIC: Final = re.search(
    r"<extension name=\"to onequeue\">.*?</extension>", DIALPLAN.read_text(), re.DOTALL
)


class Channel:
    """A caller's channel."""

    def __init__(self, caller: str) -> None:
        self.uuid = str(uuid.uuid4())
        self.variables = {"uuid": self.uuid, "caller_id_number": caller}
        self.exported: dict[str, str] = {}
        self.actions: list[tuple[str, str]] = []
        self.doing = ""
        self.leg = ""
        self.has_answered = False
        self.is_bridged = False

    def expanded(self, text: str) -> str:
        return VARIABLE.sub(lambda found: self._value(found[1]), text)

    def _value(self, name: str) -> str:
        return str(uuid.uuid4()) if name == "create_uuid()" else self.variables.get(name, "")


class Switch:
    """``phones``: by dial string, what happens to whom it rings: ``answers``, ``silent`` or the
    name of a cause."""

    def __init__(self) -> None:
        assert PUBLIC is not None
        self._contexts = {
            "onequeue": _extensions(ET.parse(DIALPLAN).getroot()),
            "public": _extensions(ET.fromstring(f"<a>{PUBLIC[0]}</a>")),
        }
        self._lock = threading.RLock()
        self.table: dict[str, str] = {}
        self.channels: dict[str, Channel] = {}
        self.phones: dict[str, str] = {}
        self.rang: list[str] = []
        self.ended: dict[str, str] = {}
        """By the ids of channels that are over, their causes."""
        self.server = EventSocketServer(self._api)

    def stop(self) -> None:
        self.server.stop()

    def arrive(self, caller: str = "+4917012345", called: str = "555000") -> str:
        """A call comes; the id of its channel."""
        with self._lock:
            channel = Channel(caller)
            self.channels[channel.uuid] = channel
            self._route(channel, called, "public")
            return channel.uuid

    def hang_up(self, call: str, cause: str = "NORMAL_CLEARING") -> None:
        """The caller hangs up."""
        with self._lock:
            self._end(self.channels[call], cause)

    def agent_hangs_up(self, call: str, cause: str = "NORMAL_CLEARING") -> None:
        """The phone at the other end hangs up."""
        with self._lock:
            channel = self.channels[call]
            assert channel.is_bridged
            self._leg_ends(channel, channel.leg, cause)

    def phase(self, call: str) -> str:
        """The phase that its entry names."""
        return self.table.get(f"onequeue_call_{call}", "").partition("|")[0]

    def talks(self, call: str) -> bool:
        channel = self.channels.get(call)
        return channel is not None and channel.is_bridged

    # the dialplan

    def _route(self, channel: Channel, extension: str, context: str) -> None:
        channel.variables["destination_number"] = extension
        for conditions, actions in self._contexts[context]:
            found = [
                re.search(expression, channel.expanded(field)) for field, expression in conditions
            ]
            if all(found):
                captured = found[-1].groups() if found[-1] is not None else ()
                channel.actions = [(name, _captured(data, captured)) for name, data in actions]
                self._run(channel)
                return
        self._end(channel, "NO_ROUTE_DESTINATION")

    def _run(self, channel: Channel) -> None:
        """Until something takes time."""
        while channel.actions and channel.uuid in self.channels:
            name, data = channel.actions.pop(0)
            channel.doing = name
            if self._apply(channel, name, channel.expanded(data)):
                return
        if channel.uuid in self.channels:
            self._end(channel, "NORMAL_CLEARING")

    def _apply(self, channel: Channel, name: str, data: str) -> bool:  # noqa: C901  # one line each
        """Whether it takes time."""
        match name:
            case "set":
                key, _, value = data.partition("=")
                channel.variables[key] = value
            case "export":
                key, _, value = data.removeprefix("nolocal:").partition("=")
                channel.exported[key] = value
            case "unset":
                channel.variables.pop(data, None)
            case "hash":
                assert self._hash(data) == "+OK\n"
            case "event":
                self._fire(channel, dict(each.split("=") for each in data.split(",")))
            case "answer":
                channel.has_answered = True
            case "transfer":
                extension, _, context = data.partition(" XML ")
                self._route(channel, extension, context)
                return True
            case "hangup":
                self._end(channel, data)
            case "park" | "playback":
                return True
            case "bridge":
                self._bridge(channel, data)
                return True
            case _:
                raise AssertionError(f"no application {name}")
        return False

    def _bridge(self, channel: Channel, data: str) -> None:
        variables, _, contact = data.removeprefix("{").partition("}")
        channel.leg = dict([variables.split("=")])["origination_uuid"]
        self.rang.append(contact)
        does = self.phones.get(contact, "USER_NOT_REGISTERED")
        leg, after_s = channel.leg, 0.05
        ends: Callable[[], None] = lambda: self._leg_ends(channel, leg, does)  # noqa: E731
        if does == "answers":
            ends = lambda: self._leg_answers(channel, leg)  # noqa: E731
        elif does == "silent":
            after_s = float(channel.variables["call_timeout"])
            ends = lambda: self._leg_ends(channel, leg, "NO_ANSWER")  # noqa: E731
        timer = threading.Timer(after_s, ends)
        timer.daemon = True
        timer.start()

    def _leg_answers(self, channel: Channel, leg: str) -> None:
        with self._lock:
            if channel.leg != leg or channel.uuid not in self.channels:
                return
            command, _, words = channel.exported["api_on_answer"].partition(" ")
            assert (command, self._hash(words)) == ("hash", "+OK\n")
            channel.variables["originate_disposition"] = "SUCCESS"
            channel.is_bridged = channel.has_answered = True
            self._fire(channel, {"Event-Name": "CHANNEL_BRIDGE", "Other-Leg-Unique-ID": leg})

    def _leg_ends(self, channel: Channel, leg: str, cause: str) -> None:
        with self._lock:
            if channel.leg != leg or channel.uuid not in self.channels:
                return
            channel.variables[
                "bridge_hangup_cause" if channel.is_bridged else "originate_disposition"
            ] = cause
            channel.leg, channel.is_bridged = "", False
            self._run(channel)

    def _end(self, channel: Channel, cause: str) -> None:
        del self.channels[channel.uuid]
        self.ended[channel.uuid] = cause
        command, _, words = channel.variables.get("api_hangup_hook", "").partition(" ")
        if command:
            assert (command, self._hash(words)) == ("hash", "+OK\n")
        self._fire(channel, {"Event-Name": "CHANNEL_HANGUP_COMPLETE", "Hangup-Cause": cause})

    def _fire(self, channel: Channel, event: Mapping[str, str]) -> None:
        self.server.fire({**event, **self._described(channel)})

    def _described(self, channel: Channel) -> dict[str, str]:
        return {
            "Core-UUID": "6d2375b0-5183-11e1-b24c-f527b57af954",
            "Unique-ID": channel.uuid,
            "Caller-Caller-ID-Number": channel.variables["caller_id_number"],
            "Caller-Destination-Number": channel.variables["destination_number"],
            **{f"variable_{name}": value for name, value in channel.variables.items()},
        }

    # the API

    def _api(self, said: str) -> str:
        name, _, rest = said.partition(" ")
        with self._lock:
            if name == "hash":
                return self._hash(rest)
            if name == "hash_dump":
                realm = rest.removeprefix("db ") + "_"
                return "".join(f"D/{k}/{v}\n" for k, v in self.table.items() if realm in k)
            return self._of_channel(name, *rest.split(" "))

    def _of_channel(self, name: str, call: str, *words: str) -> str:
        channel = self.channels.get(call)
        if name == "uuid_kill" and channel is None:
            ringing = [one for one in self.channels.values() if one.leg == call]
            for one in ringing:
                self._leg_ends(one, call, words[0])
            return "+OK\n" if ringing else "-ERR No such channel!\n"
        if channel is None:
            return "-ERR No such channel!\n"
        if name == "uuid_kill":
            self._end(channel, words[0])
        elif name == "uuid_setvar":
            channel.variables[words[0]] = " ".join(words[1:])
        elif name == "uuid_transfer":
            assert words[1] == "XML"
            channel.leg = ""
            self._route(channel, words[0], words[2])
        elif name == "uuid_dump":
            assert words == ("json",)
            return json.dumps(self._described(channel))
        else:
            assert name == "uuid_ring_ready", name
        return "+OK\n"

    def _hash(self, words: str) -> str:
        verb, table, key, *value = words.split("/", 3)
        name = f"{table}_{key}"
        if verb == "insert":
            self.table[name] = value[0]
        elif verb == "select":
            return self.table.get(name, "")
        elif self.table.pop(name, None) is None:
            return "-ERR Not found\n"
        return "+OK\n"


Extension = tuple[list[tuple[str, str]], list[tuple[str, str]]]


def _extensions(root: ET.Element) -> list[Extension]:
    return [
        (
            [
                (_field(condition.attrib["field"]), condition.attrib["expression"])
                for condition in extension.iter("condition")
            ],
            [
                (action.attrib["application"], _global(action.attrib.get("data", "")))
                for action in extension.iter("action")
            ],
        )
        for extension in root.iter("extension")
    ]


def _field(name: str) -> str:
    return name if name.startswith("$") else "${" + name + "}"


def _global(data: str) -> str:
    for name, value in GLOBALS.items():
        data = data.replace(name, value)
    return data


def _captured(data: str, groups: tuple[str, ...]) -> str:
    return data.replace("$1", groups[0]) if groups else data
