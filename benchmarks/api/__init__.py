"""What the HTTP API costs over the streams that it stands before."""
