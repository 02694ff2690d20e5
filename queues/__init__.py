"""The one queue: demand classes, urgency order, preferred-agent index. Knows nothing of agents'
skills."""
