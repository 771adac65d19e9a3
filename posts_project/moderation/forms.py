"""What moderators enter. Every field may be left as it is: most cases are decided with one click."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from posts_project.moderation.models import MAX_TEXT, Case, Kind, Reason
from posts_project.posts.models import Post
from posts_project.profiles.models import Profile
from shared.fields import parse_id
from shared.staff_actions import EndField

# Told where a moderator adds nothing of their own.
TEXTS = {
    Reason.SPAM: "This is advertising or repetition that nobody asked for.",
    Reason.ABUSE: "This attacks, threatens or harasses somebody.",
    Reason.ILLEGAL: "This appears to break the law.",
    Reason.OTHER: "This goes against the rules of this place.",
}


class DecisionForm(forms.Form):
    kind = forms.ChoiceField(choices=Kind.choices)
    reason = forms.ChoiceField(choices=Reason.choices, widget=UnfoldAdminSelectWidget)
    text = forms.CharField(
        required=False,
        max_length=MAX_TEXT,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="Told to the person. Empty: one sentence by the reason.",
    )
    until = EndField(
        label="Suspended until (UTC)",
        help_text="When a suspension ends by itself. Empty: when moderators say so.",
    )

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or self.cleaned_data
        if not entered.get("text") and entered.get("reason"):
            entered["text"] = TEXTS[Reason(entered["reason"])]
        if entered.get("kind") != Kind.SUSPEND:
            entered["until"] = None
        return entered


class AnswerForm(forms.Form):
    outcome = forms.ChoiceField(choices=[("accepted", "Accept"), ("rejected", "Reject")])
    text = forms.CharField(
        label="Answer",
        required=False,
        max_length=MAX_TEXT,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="Told to the person.",
    )


class LetterForm(forms.Form):
    """An appeal that came by letter: who is suspended cannot sign in."""

    text = forms.CharField(
        max_length=MAX_TEXT, widget=UnfoldAdminTextareaWidget({"rows": 6}), help_text="What the person wrote."
    )


class TargetForm(forms.Form):
    target = forms.CharField(
        max_length=100, widget=UnfoldAdminTextInputWidget, help_text="The id of a post, or @ and a username."
    )

    def clean_target(self) -> tuple[Profile, Post | None]:
        term = self.cleaned_data["target"].strip()
        number = parse_id(term)
        post = Post.objects.select_related("author").filter(id=number).first() if number else None
        if post is not None:
            return post.author, post
        profile = Profile.objects.filter(username=term.removeprefix("@").lower()).first()
        if profile is None:
            raise ValidationError("There is no such post or profile here.")
        return profile, None


def initial(case: Case, reasons: list[str]) -> dict[str, Any]:
    """The reason most reports give, to begin with."""
    return {"reason": max(reasons, key=reasons.count) if reasons else Reason.OTHER}
