"""The MongoDB backend is loaded without what it would look for on the machine."""

import subprocess
import sys

# Prints what was called, for every process that is made.
STARTS = """
import sys
sys.addaudithook(lambda event, args: event == "subprocess.Popen" and print(args[0]))
import django
django.setup()
from django.db import connection
print(connection.vendor)
"""


def test_a_start_looks_for_no_geographic_library():
    started = subprocess.run([sys.executable, "-c", STARTS], capture_output=True, text=True)

    assert started.stdout.splitlines() == ["mongodb"], started.stderr
