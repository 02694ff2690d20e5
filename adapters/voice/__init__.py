"""Voice: a SIP front (Kamailio) that holds calls while OneQueue decides (docs/voice.md)."""
