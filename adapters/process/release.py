"""The release that runs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

__all__ = ("release",)


def release() -> str:
    """Its version; ``0`` from a source tree that is not installed."""
    try:
        return version("onequeue")
    except PackageNotFoundError:
        return "0"
