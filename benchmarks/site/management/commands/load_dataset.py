"""`load_dataset`: the data set into the empty database of POSTGRES_URL. Called by `python -m benchmarks`."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from benchmarks.dataset import size
from benchmarks.dataset.loading import load
from benchmarks.dataset.size import Size
from benchmarks.progress import Steps


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        size.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        with Steps() as steps:
            load(Size.of(options), now=timezone.now(), steps=steps, processes=len(os.sched_getaffinity(0)))
