"""What both kinds of clients are told on their command line."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ("client_parser",)


def client_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser of the options that the clients share; all of them must be given."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--ledger", required=True, type=Path)
    parser.add_argument("--seed", required=True, type=int)
    parser.add_argument("--opens-ms", required=True, type=int)
    parser.add_argument("--length-s", required=True, type=float)
    return parser
