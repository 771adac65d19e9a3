"""Several clients at the same time."""

import threading
from collections.abc import Callable

from django.db import connection


def at_once(work: Callable[[int], int], count: int) -> list[int]:
    """What `work` answers to each number below `count`, each in a thread of its own; 0 where it fails."""
    answers = [0] * count

    def run(number: int) -> None:
        try:
            answers[number] = work(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
