"""A simulated floor: customers who arrive and agents who answer, over the public protocol alone.

Everything here is a client of docs/protocol.md: it adds commands to the inbound stream and reads
work streams and the journal. Durations are *floor seconds*: ``speed`` of them pass in a real one.
"""
