#!/usr/bin/env python
"""Commands of the Auth service: `./manage_auth.py help` lists them."""

import os
import sys

from django.core.management import execute_from_command_line

from shared.env import ConfigurationError

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "auth_project.settings")
    try:
        execute_from_command_line(sys.argv)
    except ConfigurationError as error:
        sys.exit(f"error: {error}. Is a stack running, with the same DATA_DIR?")
