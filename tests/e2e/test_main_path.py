"""What a stranger does first: sign up, post, follow, read."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from tests.e2e.conftest import PASSWORD, eventually


def home(person) -> list[str]:
    answer = person.call("GET", "/api/v1/timelines/home").expect(200)
    return [entry["post"]["id"] for entry in answer.body["results"]]


def test_from_signing_up_to_reading_a_home_timeline(ada, bob):
    post = ada.call("POST", "/api/v1/posts", {"text": f"Hello @{bob.username} #first"}).expect(201).body

    profile = bob.call("PUT", f"/api/v1/profiles/{ada.username}/follow").expect(200).body

    assert (profile["viewer"]["following"], profile["counts"]["followers"]) == (True, 1)
    entries = bob.call("GET", "/api/v1/timelines/home").expect(200).body["results"]
    assert entries == [{"reposted_by": None, "post": bob.call("GET", f"/api/v1/posts/{post['id']}").body}]
    assert entries[0]["post"]["author"]["username"] == ada.username
    assert [mention["username"] for mention in post["mentions"]] == [bob.username]
    assert [tag["name"] for tag in post["tags"]] == ["first"]


def test_a_post_reaches_followers_and_leaves_with_them(ada, bob):
    bob.call("PUT", f"/api/v1/profiles/{ada.username}/follow").expect(200)
    first = ada.call("POST", "/api/v1/posts", {"text": "one"}).expect(201).body["id"]
    second = ada.call("POST", "/api/v1/posts", {"text": "two"}).expect(201).body["id"]

    assert home(bob) == [second, first]

    ada.call("DELETE", f"/api/v1/posts/{second}").expect(204)
    assert home(bob) == [first]
    bob.call("DELETE", f"/api/v1/profiles/{ada.username}/follow").expect(200)
    assert home(bob) == []


def test_a_scheduled_post_goes_out_at_its_time_once(ada, bob):
    bob.call("PUT", f"/api/v1/profiles/{ada.username}/follow").expect(200)
    at = datetime.now(UTC) + timedelta(seconds=3)

    ada.call("POST", "/api/v1/posts", {"text": "later", "scheduled_at": at.isoformat()}).expect(202)

    assert home(bob) == []
    assert eventually(lambda: len(home(bob)) == 1) < 3 + 5
    assert datetime.now(UTC) > at
    assert ada.call("GET", "/api/v1/scheduled").expect(200).body["results"] == []
    assert len(home(bob)) == 1


def test_a_changed_profile_is_seen_in_posts(ada, bob):
    ada.call("POST", "/api/v1/posts", {"text": "hello"}).expect(201)
    ada.call("PATCH", "/api/v1/users/me", {"display_name": "Ada Lovelace"}).expect(200)

    def name_in_posts() -> str:
        return bob.call("GET", f"/api/v1/profiles/{ada.username}").expect(200).body["display_name"]

    assert eventually(lambda: name_in_posts() == "Ada Lovelace") < 5


def test_followers_only_posts_stay_with_followers(ada, bob, api):
    post = ada.call("POST", "/api/v1/posts", {"text": "friends", "visibility": "followers"}).expect(201).body["id"]

    assert api.call("GET", f"/api/v1/posts/{post}").status == 404
    assert bob.call("GET", f"/api/v1/posts/{post}").status == 404
    bob.call("PUT", f"/api/v1/profiles/{ada.username}/follow").expect(200)
    assert bob.call("GET", f"/api/v1/posts/{post}").status == 200


def test_a_renewed_token_opens_both_services(ada, api):
    answer = api.call("POST", "/api/v1/auth/refresh", {"refresh": ada.refresh}).expect(200).body

    assert api.call("GET", "/api/v1/users/me", token=answer["access"]).status == 200
    assert api.call("GET", "/api/v1/timelines/home", token=answer["access"]).status == 200


def test_fifty_parallel_registrations_of_one_name_make_one_user_and_one_profile(api, unused_name):
    name = unused_name("race")

    def register(number: int):
        body = {"username": name, "email": f"{name}{number}@example.org", "password": PASSWORD}
        return api.call("POST", "/api/v1/auth/register", body)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(register, range(50)))

    assert sorted(answer.status for answer in answers) == [201] + [400] * 49
    assert all(answer.field_codes() == {"username": "taken"} for answer in answers if answer.status == 400)
    winner = next(answer.body["user"]["id"] for answer in answers if answer.status == 201)
    assert eventually(lambda: api.call("GET", f"/api/v1/profiles/{name}").status == 200) < 10
    assert api.call("GET", f"/api/v1/profiles/{name}").body["id"] == winner
