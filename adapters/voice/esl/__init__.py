"""FreeSWITCH's event socket: frames, commands, and a connection that comes back (docs/voice.md)."""
