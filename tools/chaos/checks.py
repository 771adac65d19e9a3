"""What must be true of the databases afterwards; each tells what is not."""

from collections.abc import Iterable, Sequence

from tools.chaos.site import Site, wait_until

# Jobs of a worker that died are taken up by another within about a minute and a half.
SETTLE_SECONDS = 120.0


def texts(site: Site) -> Iterable[str]:
    """Of all posts, each as often as it is there."""
    return [str(text) for (text,) in site.sql("SELECT text FROM post")]


def miscounted(site: Site) -> list[str]:
    """Authors whose number of posts is not the number of their posts."""
    rows = site.sql("""
        SELECT a.username FROM profile a
        WHERE (SELECT count(*) FROM post p WHERE p.author_id = a.id)
            <> (SELECT coalesce(sum(c.posts), 0) FROM profile_count c WHERE c.profile_id = a.id)
    """)
    return [str(name) for (name,) in rows]


def not_handed_out(site: Site) -> list[str]:
    """Posts that are not in the home timeline of somebody who follows their author, after a while."""
    wait_until(lambda: not _not_handed_out(site), seconds=SETTLE_SECONDS)
    return _not_handed_out(site)


def unknown_to_posts(site: Site, names: Sequence[str]) -> list[str]:
    """Of people who registered, those of whom Posts has not been told after a while."""
    wait_until(lambda: not _unknown(site, names), seconds=SETTLE_SECONDS)
    return _unknown(site, names)


def _not_handed_out(site: Site) -> list[str]:
    rows = site.sql("""
        SELECT p.text FROM post p JOIN follow f ON f.followee_id = p.author_id
        WHERE NOT EXISTS (SELECT FROM timeline t WHERE t.owner_id = f.follower_id AND t.post_id = p.id)
    """)
    return [str(text) for (text,) in rows]


def _unknown(site: Site, names: Sequence[str]) -> list[str]:
    known = {name for (name,) in site.sql("SELECT username FROM profile WHERE username = ANY(%s)", list(names))}
    return [name for name in names if name not in known]
