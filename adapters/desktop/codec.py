"""How messages are written on a desktop's connection: JSON in text frames, msgpack in binary."""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

__all__ = ("CODECS", "JSON", "MSGPACK", "Codec", "Frame", "MalformedError")

Frame: TypeAlias = str | bytes


class MalformedError(ValueError):
    """A frame that is no message."""


class Codec(NamedTuple):
    """One of the two; ``subprotocol`` is what a client asks for."""

    subprotocol: str
    is_json: bool

    @property
    def encoding(self) -> str:
        """Its name in ``agent_login``."""
        return "json" if self.is_json else "msgpack"

    def pack(self, message: object) -> bytes:
        """The bytes of a message."""
        return _to_json(message) if self.is_json else _to_msgpack(message)

    def frame(self, message: object) -> Frame:
        """The frame of a message."""
        return self.pack(message).decode() if self.is_json else self.pack(message)

    def message(self, frame: Frame) -> dict[str, Any]:
        """The message in a frame. Raises :class:`MalformedError`."""
        if isinstance(frame, str) is not self.is_json:
            wanted = "text" if self.is_json else "binary"
            raise MalformedError(f"{self.subprotocol} has {wanted} frames")
        data = frame.encode() if isinstance(frame, str) else frame
        try:
            return (_of_json if self.is_json else _of_msgpack).decode(data)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            raise MalformedError(str(error)) from error

    def raw(self, payload: bytes, *, is_json: bool) -> msgspec.Raw:
        """A message that was packed as JSON or msgpack, to be part of one of ours."""
        if is_json is self.is_json:
            return msgspec.Raw(payload)
        decode = msgspec.json.decode if is_json else msgspec.msgpack.decode
        return msgspec.Raw(self.pack(decode(payload)))


_of_json = msgspec.json.Decoder(dict[str, Any])
_of_msgpack = msgspec.msgpack.Decoder(dict[str, Any])
_to_json = msgspec.json.Encoder().encode
_to_msgpack = msgspec.msgpack.Encoder().encode

JSON: Final = Codec("onequeue.v1.json", is_json=True)
MSGPACK: Final = Codec("onequeue.v1.msgpack", is_json=False)
CODECS: Final = {codec.subprotocol: codec for codec in (JSON, MSGPACK)}
