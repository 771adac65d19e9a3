"""Who has been erased: kept by a keyed hash alone, so that a late event or a token that still lives revives nobody."""

from posts_project.profiles.models import ErasedPerson
from shared.pseudonyms import pseudonym


def stands_for(profile_id: int) -> bool:
    """Whether that person was erased. Asked only where there is no profile."""
    return ErasedPerson.objects.filter(pk=_id(profile_id)).exists()


def put_up(profile_id: int) -> None:
    """In the transaction in which the profile goes."""
    ErasedPerson.objects.get_or_create(pk=_id(profile_id))


def _id(profile_id: int) -> str:
    return pseudonym("erased person", profile_id)
