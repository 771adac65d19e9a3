"""What Auth keeps of people."""

from auth_project.accounts.models.hashes import ForeignHashes
from auth_project.accounts.models.leaving import Erasure, Export, StaleFile
from auth_project.accounts.models.names import PendingRegistration, RetiredName
from auth_project.accounts.models.one_time_tokens import OneTimeToken
from auth_project.accounts.models.user import User

__all__ = [
    "Erasure", "Export", "ForeignHashes", "OneTimeToken", "PendingRegistration", "RetiredName", "StaleFile", "User",
]  # fmt: skip
