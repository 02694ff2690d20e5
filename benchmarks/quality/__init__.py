"""Judges routing quality: the real engine under virtual time, on instances with known answers."""
