"""Writes to profiles: what Auth says (`apply`), what is missing (`fill`), what is counted (`counts`)."""
