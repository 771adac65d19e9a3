"""Telling people, what they have read and want to be told of, and forgetting what is old.

Other apps tell somebody something by `tell`.
"""

from posts_project.notifications.services.telling import tell

__all__ = ["tell"]
