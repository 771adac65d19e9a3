"""Writes to posts, one module for each way: publish, edit, delete."""
