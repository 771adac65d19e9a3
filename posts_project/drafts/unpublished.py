"""What a post says before it is published: JSON of the fields that `PostInput` takes, without those not given.

Nothing here names a field, so whatever `PostInput` learns, drafts and scheduled posts can hold.
"""

from collections.abc import Mapping
from typing import Any

from posts_project.posts.serializers import PostInput
from posts_project.posts.services.publish import Draft

FIELDS = tuple(PostInput().fields)


def given(body: PostInput) -> dict[str, Any]:
    """What a valid `body` names of a post, in the form in which `PostInput` takes it again; null stays null."""
    values = {name: body.validated_data[name] for name in FIELDS if name in body.validated_data}
    return {
        name: value if value is None else body.fields[name].to_representation(value) for name, value in values.items()
    }


def changed(post: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`post` with `changes`, of which null takes a field away."""
    return {name: value for name, value in {**post, **changes}.items() if value is not None}


def shown(post: Mapping[str, Any]) -> dict[str, Any]:
    """`post` as its author gets it: every field, null where it says nothing."""
    return {name: post.get(name) for name in FIELDS}


def complete(post: Mapping[str, Any]) -> Draft:
    """`post` as it can be published, judged as if it were sent now.

    :raises ValidationError: with all that is missing or wrong.
    """
    body = PostInput(data=dict(post))
    body.is_valid(raise_exception=True)
    return Draft(**body.validated_data)
