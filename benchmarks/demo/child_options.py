"""What every process of the demo is told on its command line."""

from __future__ import annotations

import argparse

__all__ = ("child_parser",)


def child_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser of the options that the demo's processes share; all of them must be given."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--agents", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--speed", type=float, required=True)
    return parser
