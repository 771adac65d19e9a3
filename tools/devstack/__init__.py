"""Starts everything on one machine without Docker: both databases, both services, both workers."""
