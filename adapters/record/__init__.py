"""The customer record: all that is known of a customer, over all media, in a database of its own.

Fed from the journal, each record exactly once; read by the API, and before routing. What people
and other systems have written (identities, issues, offers, preferences, owners) stands beside it.
"""
