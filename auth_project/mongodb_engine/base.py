"""django-mongodb-backend, without its search for geographic libraries that nothing here uses.

As it is imported it tries three times to load GDAL, and each time asks linker and compiler for twelve names of it: 108
processes and 0.7 s at every start of a service, a worker or a command. Where GDAL happens to be, it would be loaded.
"""

import ctypes.util

_find_library = ctypes.util.find_library
ctypes.util.find_library = lambda name: None
try:
    from django_mongodb_backend.base import DatabaseWrapper
finally:
    ctypes.util.find_library = _find_library

__all__ = ["DatabaseWrapper"]
