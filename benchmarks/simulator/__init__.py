"""The real engine in virtual time: what a scenario comes to, before it is tried on people."""
