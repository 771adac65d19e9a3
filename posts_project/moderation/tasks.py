from django.utils import timezone
from procrastinate.contrib.django import app

from posts_project.moderation.services import decisions


@app.periodic(cron="* * * * *")
@app.task(name="moderation.lift_ended", queueing_lock="lift_ended_suspensions", pass_context=False)
def lift_ended(timestamp: int) -> None:
    decisions.lift_ended(now=timezone.now())
