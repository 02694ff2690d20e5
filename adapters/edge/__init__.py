"""The edge: asks webhooks and functions about interactions before they go to inbound."""
