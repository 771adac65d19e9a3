"""Withheld tags in the admin site: members of staff add one to keep it out of trends, and delete it to let it back."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from posts_project.posts.text import MAX_TAG, tag_name
from posts_project.staff.admin import LookOnly
from posts_project.trends.models import WithheldTag


class WithheldTagForm(forms.ModelForm):
    # Written in any way, so perhaps longer than the name it comes to.
    name = forms.CharField(label="Tag", max_length=2 * MAX_TAG, help_text="In any spelling, with or without its #.")

    class Meta:
        model = WithheldTag
        fields = ("name",)

    def clean_name(self) -> str:
        name = tag_name(self.cleaned_data["name"])
        if name is None:
            raise forms.ValidationError("No text can have such a tag.")
        return name


@admin.register(WithheldTag)
class WithheldTagAdmin(LookOnly):
    form = WithheldTagForm
    list_display = ("name", "withheld_at")
    ordering = ("name",)
    search_fields = ("name__startswith",)
    search_help_text = "The beginning of its name."

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return ("name",) if obj is None else ("name", "withheld_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.site.has_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return admin.site.has_permission(request)
