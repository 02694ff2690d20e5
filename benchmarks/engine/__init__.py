"""How fast the pure engine decides: a saturated floor, timed command by command."""
