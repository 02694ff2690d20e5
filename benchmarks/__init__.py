"""Load, simulated floors, the demo, reports: everything that measures or shows the whole."""
