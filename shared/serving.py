"""granian, which lets nobody down when it leaves: `python -m shared.serving`, with granian's own options.

On SIGTERM `/readyz` says 503 at once, so that a gateway sends nobody more, and every answer is the last one on its
connection; DRAIN_SECONDS later (3) nothing is accepted any more, what is under way is finished, and the process ends.
Who has not finished nine seconds after the signal is cut off: a client that takes nothing in would keep its process.
On SIGHUP new processes with the code as it is by then take over, one after the other, and those before leave likewise.

What is imported here stays as it is through a SIGHUP, so it is little.
"""

import os
import sys
import time
from typing import Any

from granian import cli
from granian.server import MPServer

from shared import holding
from shared.draining import Drain

# Together with what is under way no more than ten seconds, after which most supervisors kill.
LONGEST_DRAIN_SECONDS = 8.0
LONGEST_END_SECONDS = 9.0
# How long a new process and the one it replaces both answer: as long as most clients and gateways need to come again.
HANDOVER_SECONDS = 2.0


class DrainingServer(MPServer):
    def __init__(self, *positional: Any, **options: Any) -> None:
        super().__init__(*positional, **options | {"respawn_interval": HANDOVER_SECONDS})
        self._drain, self._drain_seconds = Drain(), drain_seconds()
        # After granian's own reckoning, which falls back from one option to another.
        held = holding.announce(answering=self.blocking_threads)
        self.blocking_threads += held
        self.backpressure += held
        self.workers_kill_timeout = self.workers_kill_timeout or int(LONGEST_END_SECONDS - self._drain_seconds)
        self.on_reload(self._drain.replace)

    def serve(self, *positional: Any, **options: Any) -> None:
        with self._drain:
            super().serve(*positional, **options)

    def shutdown(self, exit_code: int = 0) -> None:
        if self.interrupt_signal:
            self._drain.stop()
            time.sleep(self._drain_seconds)
        super().shutdown(exit_code)


def drain_seconds() -> float:
    text = os.environ.get("DRAIN_SECONDS", "3")
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_DRAIN_SECONDS:
        sys.exit(f"error: DRAIN_SECONDS: must be a number of seconds from 0 to {LONGEST_DRAIN_SECONDS:g}")
    return seconds


def main() -> None:
    cli.Server = DrainingServer
    cli.entrypoint()


if __name__ == "__main__":
    main()
