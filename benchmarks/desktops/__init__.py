"""Desktops by the thousand on one API process: memory, logins, offers, and all at once again."""
