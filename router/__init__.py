"""The router: domain model, lifecycles, policy and the pure engine, and the service that drives
it."""
