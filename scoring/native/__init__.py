"""The two choices compiled from C: built at installation, loaded with ctypes."""
