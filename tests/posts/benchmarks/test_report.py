import pytest

from benchmarks import options
from benchmarks.measures import TARGETS
from benchmarks.report import Figure, Report, ratios


@pytest.mark.parametrize(
    ("rounds", "bounds", "row"),
    [
        ([0.5, 0.4, 0.6], {"at_least": 0.5}, ["T1", "a", "0.50 (0.40–0.60)", "≥ 0.5", "reached"]),
        ([0.5, 0.4, 0.4], {"at_least": 0.5}, ["T1", "a", "0.40 (0.40–0.50)", "≥ 0.5", "MISSED"]),
        ([2.0], {"at_most": 2}, ["T1", "a", "2.00", "≤ 2", "reached"]),
        ([2.1], {"at_most": 2}, ["T1", "a", "2.10", "≤ 2", "MISSED"]),
        ([2345.0], {"unit": "µs", "digits": 0}, ["T1", "a", "2,345 µs", "", ""]),
    ],
)
def test_a_figure_stands_beside_its_target(
    rounds: list[float], bounds: dict[str, float], row: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report()

    report.add(Figure(target="T1", what="a", rounds=rounds, **bounds))

    last = capsys.readouterr().out.splitlines()[-1]
    assert [cell.strip() for cell in last.strip("|").split("|")] == row
    assert report.is_missed == ("MISSED" in row)


def test_a_ratio_is_made_round_by_round() -> None:
    assert ratios([1, 4], [2, 1]) == [0.5, 4]


def test_every_target_that_can_be_chosen_is_measured() -> None:
    assert set(options.OF_POSTS) == TARGETS
