"""Many tenants on one router process: what a noisy one costs its neighbours."""
