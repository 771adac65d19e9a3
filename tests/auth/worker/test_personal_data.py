"""Every model has its line, and what is said to go with the user does."""

from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import models

from auth_project.accounts.models import User
from auth_project.worker.personal_data import PERSONAL
from tests.auth.fakes import make_user
from tests.auth.worker.test_inbox import leave


def test_every_model_has_a_line():
    assert set(PERSONAL) == set(apps.get_models())


def test_what_goes_with_the_user_has_a_foreign_key_that_says_so():
    def goes_along(model: type[models.Model]) -> bool:
        keys = [field for field in model._meta.concrete_fields if field.related_model is User]
        return any(key.remote_field.on_delete is models.CASCADE for key in keys)

    # Entries of the admin site's log go with their author, who is staff; those about somebody lose the name.
    going = {model for model, kept in PERSONAL.items() if kept.goes == "with the user"}
    assert going == {model for model in PERSONAL if goes_along(model)} - {LogEntry}


def test_what_staff_did_to_somebody_stays_without_them(ada):
    sam = make_user("sam", is_staff=True)
    for person in (ada.user, sam):
        LogEntry.objects.create(
            user=sam, object_id=str(person.pk), object_repr=person.username, action_flag=CHANGE, change_message="x"
        )

    leave(ada)

    entries = LogEntry.objects.order_by("object_repr").values_list("object_id", "object_repr", "change_message")
    assert list(entries) == [(None, "erased", "x"), (str(sam.pk), "sam", "x")]
