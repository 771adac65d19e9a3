"""Writes to the graph: edges, requests, and how an author's posts reach their followers."""
