"""Signed webhooks: subscriptions, delivery with retries, dead letters, replay; and how receivers
verify them."""
