"""Writes to pictures, one module for each way: uploading and changing them, using them in posts, letting go of them."""
