"""The console: pages for supervisors and administrators, made of what the HTTP API answers."""
