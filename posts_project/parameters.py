"""Query and path parameters that several apps take."""

from rest_framework.request import Request

from shared.fields import parse_id
from shared.problems import FieldError, NotFound, ValidationProblem

MAX_IDS = 100


def path_id(text: str) -> int:
    """:raises NotFound: no id, or one that cannot exist."""
    value = parse_id(text)
    if value is None:
        raise NotFound
    return value


def query_flag(request: Request, name: str) -> bool:
    """`?name=true` or `false`, which is also what is meant where it is not there.

    :raises ValidationProblem: something else.
    """
    text = request.query_params.get(name, "false")
    if text not in ("true", "false"):
        raise ValidationProblem(FieldError(field=name, code="invalid", detail="Must be true or false."))
    return text == "true"


def query_ids(request: Request) -> list[int]:
    """`?ids=1,2,3`, without repetitions, in order.

    :raises ValidationProblem: missing, not ids, or more than a hundred.
    """
    texts = [text for text in request.query_params.get("ids", "").split(",") if text]
    ids = [parse_id(text) for text in texts]
    if not 1 <= len(texts) <= MAX_IDS or None in ids:
        detail = f"Must be 1 to {MAX_IDS} ids, separated by commas."
        raise ValidationProblem(FieldError(field="ids", code="invalid", detail=detail))
    return list(dict.fromkeys(number for number in ids if number is not None))
