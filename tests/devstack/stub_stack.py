"""`python stub_stack.py run` is `python -m tools.devstack run` with the stub projects beside this file."""

import sys
from pathlib import Path

from tools.devstack import __main__, stack

stack.ROOT = Path(__file__).with_name("stubs")

if __name__ == "__main__":
    sys.exit(__main__.main())
