"""Stands for a project whose migrations succeed and whose worker lives until it is told to stop."""

import os
import sys
import time
from pathlib import Path

if sys.argv[1] == "worker":
    while not Path(os.environ["DATA_DIR"], "worker_dies").exists():
        time.sleep(0.05)
    sys.exit("the worker has lost its way")
