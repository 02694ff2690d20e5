"""The whole system under load: real processes, traffic that waits for nobody, a ledger of its own.

Nothing here asks the router how fast it is: generator and agents stamp what they send and read, and
the figures are made of these stamps once nothing runs any more (docs/surge.md).
"""
