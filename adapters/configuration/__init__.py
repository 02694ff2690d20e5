"""Settings of every process, from options, environment and a file; each says where it is from."""
