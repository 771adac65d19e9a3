"""Writes to what is not out yet, one module for each way: drafts, scheduled posts, and sending these at their time."""
