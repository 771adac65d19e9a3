"""Which posts came from a file, so that the same file makes none of them twice."""

from django.db import models

from posts_project.profiles.models import Profile


class ImportedPost(models.Model):
    """`source` is a hash of the file's own id for what became `post_id`. Stays when that post is deleted: it is not to
    come back with the next import."""

    pk = models.CompositePrimaryKey("author_id", "source")
    author = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    source = models.CharField(max_length=32)
    post_id = models.BigIntegerField()

    class Meta:
        db_table = "imported_post"

    def __str__(self) -> str:
        return f"{self.post_id} from {self.source}"
