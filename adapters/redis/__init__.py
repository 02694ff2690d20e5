"""Redis and Valkey: the fenced journal, the streams around it, and an embedded server.

``keys`` names every key, ``wire`` is one connection that never retries, ``journal`` and ``inbound``
implement the router's ports, ``lease`` tells other routers that we live, ``embedded`` runs a server
of our own.
"""
