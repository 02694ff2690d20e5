"""Voice: a SIP front that holds calls while OneQueue decides (docs/voice.md)."""
