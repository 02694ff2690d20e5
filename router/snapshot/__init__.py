"""Snapshots: the state at one record, so that recovery need not begin with the first.

A snapshot is a manifest and chunks. What it holds is the state alone (router/state.py); everything
derived is rebuilt from that, as it is when a policy comes into force.
"""
