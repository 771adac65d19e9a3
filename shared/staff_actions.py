"""Actions of the admin site that first ask on a page of their own: nothing changes by GET, nothing by a slip."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import quote, unquote
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from shared.problems import Problem

MOST_AT_ONCE = 100

# Carries the action out on one object, with what was entered; returns what to write down, raises a Problem to refuse.
Act = Callable[[Any, HttpRequest, Any, dict[str, Any]], str]


class NothingToEnter(forms.Form):
    pass


class EndField(forms.DateTimeField):
    """When something ends by itself, in UTC and in the future; may be left empty."""

    def __init__(self, **options: Any) -> None:
        widget = UnfoldAdminTextInputWidget({"type": "datetime-local"})
        super().__init__(required=False, input_formats=["%Y-%m-%dT%H:%M"], widget=widget, **options)

    def clean(self, value: Any) -> datetime | None:
        end: datetime | None = super().clean(value)
        if end is not None and end <= timezone.now():
            raise forms.ValidationError("Must lie in the future.")
        return end


def confirmed(
    *, description: str, explanation: str, icon: str, form: type[forms.Form] = NothingToEnter
) -> Callable[[Act], Any]:
    """Make of `Act` an action for `actions`, `actions_detail` and `actions_row` alike, for administrators alone."""

    def decorate(act: Act) -> Any:
        @action(description=description, permissions=["administer"], icon=icon)
        @wraps(act)
        def asked(
            self: ModelAdmin,
            request: HttpRequest,
            queryset: QuerySet[Any] | None = None,
            *,
            object_id: str | None = None,
        ) -> HttpResponse | None:
            chosen = _chosen(self, request, queryset, object_id)
            if not chosen:
                return None
            entered = form(request.POST if "confirmed" in request.POST else None)
            if entered.is_valid():
                _carry_out(self, request, act, chosen, entered.cleaned_data)
                return HttpResponseRedirect(_page(self, chosen[0])) if object_id else None
            context = {
                **self.admin_site.each_context(request),
                "title": description,
                "explanation": explanation,
                "objects": chosen,
                "form": entered,
                "opts": self.model._meta,
                "back": _page(self, chosen[0] if object_id else None),
                "hidden": [] if object_id else _again(act.__name__, chosen),
            }
            return TemplateResponse(request, "staff/confirm.html", context)

        return asked

    return decorate


def _chosen(self: ModelAdmin, request: HttpRequest, queryset: QuerySet[Any] | None, object_id: str | None) -> list[Any]:
    """The object of the page, or the ones ticked in the list; none, and a word to the user, where those are many."""
    if object_id is not None:
        # Links in a page's head quote the id as Django does, those in the rows of a list do not.
        one = self.get_object(request, object_id) or self.get_object(request, unquote(object_id))
        if one is None:
            raise Http404
        return [one]
    many = list(queryset[: MOST_AT_ONCE + 1]) if queryset is not None else []
    if len(many) > MOST_AT_ONCE:
        self.message_user(request, f"Choose at most {MOST_AT_ONCE}.", messages.ERROR)
        return []
    return many


def _carry_out(self: ModelAdmin, request: HttpRequest, act: Act, chosen: list[Any], entered: dict[str, Any]) -> None:
    for one in chosen:
        try:
            done = act(self, request, one, entered)
        except Problem as problem:
            self.message_user(request, f"{one}: {problem.detail}", messages.ERROR)
        else:
            self.log_change(request, one, done)
            self.message_user(request, f"{one}: {done}", messages.SUCCESS)


def _again(name: str, chosen: Iterable[Model]) -> list[tuple[str, Any]]:
    """What the list's own form sent, for the confirmed one to be sent to the same place."""
    return [("action", name), *((ACTION_CHECKBOX_NAME, one.pk) for one in chosen)]


def _page(self: ModelAdmin, one: Model | None) -> str:
    name = f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}"
    return reverse(f"{name}_change", args=[quote(one.pk)]) if one else reverse(f"{name}_changelist")
