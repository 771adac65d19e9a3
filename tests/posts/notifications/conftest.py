"""What somebody is told, in the words of a test."""

from typing import Any

from tests.posts.people import Person


def told(person: Person) -> list[dict[str, Any]]:
    """What they find, newest first."""
    response = person.get("/api/v1/notifications")
    assert response.status_code == 200, response.content
    return response.json()["results"]


def kinds(person: Person) -> list[str]:
    return [one["type"] for one in told(person)]


def unread(person: Person) -> int:
    response = person.get("/api/v1/notifications/unread-count")
    assert response.status_code == 200, response.content
    return response.json()["count"]


def reads(person: Person, up_to: str) -> None:
    response = person.post("/api/v1/notifications/read", {"up_to": up_to})
    assert (response.status_code, response.content) == (204, b"")


def likes(person: Person, post: dict[str, Any]) -> None:
    assert person.put(f"/api/v1/posts/{post['id']}/like").status_code == 200


def unlikes(person: Person, post: dict[str, Any]) -> None:
    assert person.delete(f"/api/v1/posts/{post['id']}/like").status_code == 200
