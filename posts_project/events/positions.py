"""Finding out that an event was lost: those of one user are numbered 1, 2, 3 …, whatever they are about.

One that is ahead of its turn may only have overtaken another, which then comes within seconds. What has not come by
then is asked for (`worker.pulling`). `subject` is a pseudonym (`events.services.subject_of`).
"""

from posts_project import sql
from posts_project.events.models import EventPosition

_BEGIN = """
    INSERT INTO event_position AS p (subject, sequence, is_behind) VALUES (%(subject)s, 1, false)
    ON CONFLICT (subject) DO UPDATE SET sequence = 1 WHERE p.sequence = 0
"""
_ADVANCE = """
    UPDATE event_position SET sequence = %(sequence)s WHERE subject = %(subject)s AND sequence = %(sequence)s - 1
"""
_FALL_BEHIND = """
    INSERT INTO event_position AS p (subject, sequence, is_behind) VALUES (%(subject)s, 0, true)
    ON CONFLICT (subject) DO UPDATE SET is_behind = true WHERE NOT p.is_behind AND p.sequence < %(sequence)s - 1
"""


def leaves_a_gap(subject: str, sequence: int) -> bool:
    """Note that this event has arrived; True where others before it have not, and nobody knew yet."""
    return not _is_next(subject, sequence) and _is_newly_behind(subject, sequence)


def begin_pull(subject: str) -> int:
    """From which sequence on to ask. A gap that is noticed from now on is asked for by somebody else."""
    EventPosition.objects.filter(subject=subject).update(is_behind=False)
    return EventPosition.objects.filter(subject=subject).values_list("sequence", flat=True).first() or 0


def complete(subject: str, sequence: int) -> None:
    """Say that all up to there have arrived, or will never. Whoever has noticed a gap beyond has seen to it already."""
    sql.execute(
        """
        INSERT INTO event_position (subject, sequence, is_behind) VALUES (%(subject)s, %(sequence)s, false)
        ON CONFLICT (subject) DO UPDATE
        SET sequence = greatest(event_position.sequence, excluded.sequence), is_behind = false
        """,
        {"subject": subject, "sequence": sequence},
    )


def _is_next(subject: str, sequence: int) -> bool:
    statement = _BEGIN if sequence == 1 else _ADVANCE
    return bool(sql.execute(statement, {"subject": subject, "sequence": sequence}))


def _is_newly_behind(subject: str, sequence: int) -> bool:
    return bool(sql.execute(_FALL_BEHIND, {"subject": subject, "sequence": sequence}))
