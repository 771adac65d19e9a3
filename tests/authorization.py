"""The matrices of docs/authorization.md, and what an answer is called there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpResponse

from tests.operations import operations

DOCUMENT = Path(__file__).parents[1] / "docs/authorization.md"

_NOT_LET_IN = {"not_authenticated", "token_invalid", "token_revoked", "account_inactive", "invalid_client"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One operation, and by column what its callers get."""

    operation: str
    cells: Mapping[str, str]

    def __str__(self) -> str:
        return self.operation

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


def rows(service: str) -> list[Row]:
    """Those of the service's table."""
    section = re.search(rf"^## {service.title()}\n(.*?)(?=^## |\Z)", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    assert section is not None
    head, _, *body = [_cells(line) for line in section[1].splitlines() if line.startswith("|")]
    return [Row(operation=row[0].strip("`"), cells=dict(zip(head[1:], row[1:], strict=True))) for row in body]


def verdict(response: HttpResponse) -> str:
    """`yes`, or the status with which whoever called was not let in, whatever they wanted."""
    assert response.status_code < 500
    is_out = response.status_code in (401, 403) and response.json()["code"] in _NOT_LET_IN
    return str(response.status_code) if is_out else "yes"


def assert_each_operation_has_one_row(service: str) -> None:
    assert sorted(map(str, rows(service))) == sorted(map(str, operations(service)))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]
