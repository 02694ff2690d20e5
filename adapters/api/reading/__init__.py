"""What is read from the journal by processes beside the API."""
