"""The desk of moderators: a queue of cases, the decisions, a queue of appeals, and the audit to look at.

Whoever belongs to the group of moderators, or is a superuser, sees and uses it; other staff do not. Nothing changes by
GET. A decision is one click and can be undone; what changes anything goes through the services.
"""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, IntegerField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.decorators import action, display

from posts_project.moderation import forms, history
from posts_project.moderation.models import Appeal, AuditEntry, Case, Cause, Decision, Kind, Report
from posts_project.moderation.roles import DECIDE
from posts_project.moderation.services import appeals, cases, decisions
from posts_project.moderation.services.audit import subject_of
from posts_project.posts.admin import SHOWN_CHARACTERS
from posts_project.profiles.models import Profile
from posts_project.staff.admin import LookOnly
from posts_project.staff.models import StaffUser
from shared.fields import parse_id
from shared.problems import Problem

Step = Callable[[HttpRequest, int], str]

# By whom a case or decision is found: their name, or an id.
_OF_SOMEBODY = "The beginning of a username, or the id of a person, post or case."

BUTTONS = [
    (Kind.DISMISS, "Dismiss", "default"),
    (Kind.HIDE_POST, "Hide post", "danger"),
    (Kind.WARN, "Warn", "default"),
    (Kind.LIMIT, "Limit", "danger"),
    (Kind.SUSPEND, "Suspend", "danger"),
]


class ForModerators(LookOnly):
    """Pages that other staff do not see."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_decide_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_decide_permission(request)

    def has_decide_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request) and cast("StaffUser", request.user).has_perm(DECIDE)

    def step(self, name: str, does: Step) -> URLPattern:
        """An address below an object's that does something by POST, says what, and shows the page again."""

        def view(request: HttpRequest, object_id: str) -> HttpResponse:
            if not self.has_decide_permission(request):
                raise Http404
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            try:
                self.message_user(request, does(request, parse_id(object_id) or 0), messages.SUCCESS)
            except Problem as problem:
                self.message_user(request, str(problem.detail), messages.ERROR)
            return HttpResponseRedirect(self.page(object_id))

        options = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        return path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=options)

    def page(self, object_id: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id])

    def enter(self, request: HttpRequest, form: Any, title: str, explanation: str) -> HttpResponse:
        """A page of its own for `form`."""
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "explanation": explanation,
            "form": form,
            "opts": self.opts,
        }
        return TemplateResponse(request, "moderation/enter.html", context)


@admin.register(Case)
class CaseAdmin(ForModerators):
    list_display = ("target", "state", "reporters", "reasons", "beginning", "opened_at")
    list_filter = (("closed_at", admin.EmptyFieldListFilter),)
    list_select_related = ("profile",)
    search_fields = ("profile__username",)
    search_help_text = _OF_SOMEBODY
    ordering = (F("closed_at").desc(nulls_first=True), "-id")  # type: ignore[assignment]
    fields = ("id", "profile", "post_id", "opened_at", "closed_at")
    actions = ("dismiss", "hide")
    actions_list = ["open_case"]
    actions_detail = ["about_the_person"]
    change_form_outer_before_template = "moderation/case.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        of_case = Report.objects.filter(case=OuterRef("pk"))
        number = of_case.order_by().values("case").annotate(number=Count("*")).values("number")
        return (
            super()
            .get_queryset(request)
            .annotate(
                reporters=Coalesce(Subquery(number, output_field=IntegerField()), 0),
                given=ArraySubquery(of_case.order_by("reason").values("reason").distinct()),
            )
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Case], search_term: str
    ) -> tuple[QuerySet[Case], bool]:
        return _of_somebody(queryset, search_term, "profile_id", "post_id", "id"), False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def get_urls(self) -> list[URLPattern]:
        return [self.step("decide", self._decide), self.step("undo", self._undo), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        case = self.get_object(request, object_id)
        if case is not None:
            found = history.dossier(case)
            form = forms.DecisionForm(initial=forms.initial(case, [report.reason for report in found.reports]))
            buttons = [one for one in BUTTONS if one[0] != Kind.HIDE_POST or found.post is not None]
            extra_context = {"dossier": found, "decision_form": form, "buttons": buttons, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display
    def target(self, case: Case) -> str:
        return str(case)

    @display(description="state", label={"open": "warning", "closed": "success"})
    def state(self, case: Case) -> str:
        return "closed" if case.closed_at else "open"

    @admin.display
    def reporters(self, case: Any) -> int:
        return int(case.reporters)

    @admin.display
    def reasons(self, case: Any) -> str:
        return ", ".join(case.given)

    @admin.display(description="text")
    def beginning(self, case: Case) -> str:
        return case.text[:SHOWN_CHARACTERS]

    @admin.display
    def opened_at(self, case: Case) -> Any:
        return case.opened_at

    @action(description="Open a case", permissions=["decide"], icon="add", url_path="open-case")
    def open_case(self, request: HttpRequest) -> HttpResponse:
        """About what nobody has reported."""
        form = forms.TargetForm(request.POST or None)
        if form.is_valid():
            profile, post = form.cleaned_data["target"]
            return HttpResponseRedirect(self.page(_open(request, profile, post).id))
        return self.enter(request, form, "Open a case", "About a post or a person, also if nobody has reported it.")

    @action(description="Case about the person", permissions=["decide"], icon="person", url_path="about-the-person")
    def about_the_person(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Where a post shows that more than the post is to be decided."""
        case = self.get_object(request, object_id)
        if case is None:
            raise Http404
        form = forms.TargetForm({"target": f"@{case.profile.username}"} if request.method == "POST" else None)
        if form.is_valid():
            return HttpResponseRedirect(self.page(_open(request, case.profile, None).id))
        form.initial = {"target": f"@{case.profile.username}"}
        return self.enter(request, form, "Open a case", "About the person, beside the one about the post.")

    @admin.action(description="Dismiss the selected cases", permissions=["decide"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[Case]) -> None:
        self._decide_all(request, queryset, Kind.DISMISS)

    @admin.action(description="Hide the posts of the selected cases", permissions=["decide"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Case]) -> None:
        self._decide_all(request, queryset, Kind.HIDE_POST)

    def _decide_all(self, request: HttpRequest, chosen: QuerySet[Case], kind: Kind) -> None:
        for case in chosen:
            reason = forms.initial(case, list(case.reports.values_list("reason", flat=True)))["reason"]
            try:
                decisions.decide(
                    case_id=case.id,
                    kind=kind,
                    reason=reason,
                    text=forms.TEXTS[reason],
                    staff=_moderator(request),
                    now=timezone.now(),
                )
                self.message_user(request, f"{case}: {kind.label}", messages.SUCCESS)
            except Problem as problem:
                self.message_user(request, f"{case}: {problem.detail}", messages.ERROR)

    def _decide(self, request: HttpRequest, case_id: int) -> str:
        form = forms.DecisionForm(request.POST)
        if not form.is_valid():
            raise decisions.DoesNotFit(_faults(form))
        decided = decisions.decide(case_id=case_id, staff=_moderator(request), now=timezone.now(), **form.cleaned_data)
        return f"Decided: {decided.get_kind_display()}. It can be undone below."

    def _undo(self, request: HttpRequest, case_id: int) -> str:
        return _undo(request, parse_id(request.POST.get("decision", "")) or 0, reopen=True)


@admin.register(Decision)
class DecisionAdmin(ForModerators):
    list_display = ("kind", "profile", "post_id", "reason", "state", "staff", "created_at", "until")
    list_filter = ("kind", "reason")
    list_select_related = ("profile", "staff", "reversal")
    search_fields = ("profile__username",)
    search_help_text = _OF_SOMEBODY
    fields = (
        "id", "case", "profile", "post_id", "kind", "reason", "text", "until", "staff", "created_at", "state",
        "reversed_at", "reversed_by",
    )  # fmt: skip
    actions_detail = ["record_appeal"]
    change_form_outer_before_template = "moderation/decision.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Decision], search_term: str
    ) -> tuple[QuerySet[Decision], bool]:
        return _of_somebody(queryset, search_term, "profile_id", "post_id", "case_id", "id"), False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def get_urls(self) -> list[URLPattern]:
        return [self.step("undo", self._undo), *super().get_urls()]

    @display(description="state", label={"in force": "danger", "reversed": "success"})
    def state(self, decision: Decision) -> str:
        return "reversed" if hasattr(decision, "reversal") else "in force"

    @admin.display
    def created_at(self, decision: Decision) -> Any:
        return decision.created_at

    @admin.display
    def reversed_at(self, decision: Decision) -> Any:
        return decision.reversal.reversed_at if hasattr(decision, "reversal") else None

    @admin.display
    def reversed_by(self, decision: Decision) -> str:
        return decision.reversal.cause if hasattr(decision, "reversal") else ""

    @action(description="Record an appeal", permissions=["decide"], icon="mail", url_path="record-appeal")
    def record_appeal(self, request: HttpRequest, object_id: str) -> HttpResponse:
        decision = self.get_object(request, object_id)
        if decision is None:
            raise Http404
        form = forms.LetterForm(request.POST or None)
        if form.is_valid():
            return self._record(request, decision, form.cleaned_data["text"])
        return self.enter(request, form, "Record an appeal", "For somebody who cannot sign in and wrote a letter.")

    def _record(self, request: HttpRequest, decision: Decision, text: str) -> HttpResponse:
        try:
            appeals.appeal(
                decision_id=decision.id,
                profile_id=decision.profile_id,
                text=text,
                now=timezone.now(),
                staff=_moderator(request),
            )
        except Problem as problem:
            self.message_user(request, str(problem.detail), messages.ERROR)
            return HttpResponseRedirect(self.page(decision.id))
        return HttpResponseRedirect(reverse("admin:moderation_appeal_change", args=[decision.id]))

    def _undo(self, request: HttpRequest, decision_id: int) -> str:
        return _undo(request, decision_id, reopen=False)


@admin.register(Appeal)
class AppealAdmin(ForModerators):
    list_display = ("decision", "person", "state", "beginning", "created_at", "answered_at", "staff")
    list_filter = (("outcome", admin.EmptyFieldListFilter), "outcome")
    list_select_related = ("decision__profile", "staff")
    search_fields = ("decision__profile__username",)
    search_help_text = _OF_SOMEBODY
    ordering = (F("answered_at").desc(nulls_first=True), "-decision")  # type: ignore[assignment]
    fields = ("decision", "person", "text", "created_at", "state", "answer", "staff", "answered_at")
    change_form_outer_before_template = "moderation/appeal.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Appeal], search_term: str
    ) -> tuple[QuerySet[Appeal], bool]:
        return _of_somebody(queryset, search_term, "decision__profile_id", "decision_id", prefix="decision__"), False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def get_urls(self) -> list[URLPattern]:
        return [self.step("answer", self._answer), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = {"answer_form": forms.AnswerForm(), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    @admin.display
    def person(self, appeal: Appeal) -> str:
        return str(appeal.decision.profile)

    @display(description="state", label={"open": "warning", "accepted": "success", "rejected": "danger"})
    def state(self, appeal: Appeal) -> str:
        return appeal.outcome or "open"

    @admin.display(description="text")
    def beginning(self, appeal: Appeal) -> str:
        return appeal.text[:SHOWN_CHARACTERS]

    def _answer(self, request: HttpRequest, decision_id: int) -> str:
        form = forms.AnswerForm(request.POST)
        if not form.is_valid():
            raise decisions.DoesNotFit(_faults(form))
        appeals.answer(decision_id=decision_id, staff=_moderator(request), now=timezone.now(), **form.cleaned_data)
        return f"The appeal is {form.cleaned_data['outcome']}."


@admin.register(AuditEntry)
class AuditEntryAdmin(ForModerators):
    list_display = ("created_at", "action", "who", "case_id", "decision_id", "details")
    list_filter = ("action",)
    search_fields = ("subject",)
    search_help_text = "A username, or the id of a person, for what was done about them; or the id of a case."
    fields = ("id", "created_at", "action", "who", "subject", "case_id", "decision_id", "details")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        term = search_term.strip().removeprefix("@").lower()
        if not term:
            return queryset, False
        number = parse_id(term)
        known = Profile.objects.filter(username=term).values_list("id", flat=True)
        subjects = [subject_of(one) for one in [*known, *([number] if number else [])]]
        found = queryset.filter(subject__in=subjects)
        return (found | queryset.filter(case_id=number) if number else found), False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @admin.display
    def created_at(self, entry: AuditEntry) -> Any:
        return entry.created_at

    @admin.display
    def who(self, entry: AuditEntry) -> str:
        """One query a row: few are shown, and the audit refers to nothing."""
        member = StaffUser.objects.filter(id=entry.staff_id).first() if entry.staff_id else None
        return member.username if member else "operator" if entry.staff_id is None else str(entry.staff_id)


def _faults(form: Form) -> str:
    return " ".join(f"{name}: {fault}" for name, faults in form.errors.items() for fault in faults)


def _moderator(request: HttpRequest) -> StaffUser:
    assert isinstance(request.user, StaffUser)
    return request.user


def _open(request: HttpRequest, profile: Profile, post: Any) -> Case:
    return cases.open_by_staff(profile=profile, post=post, staff=_moderator(request))


def _undo(request: HttpRequest, decision_id: int, *, reopen: bool) -> str:
    done = decisions.reverse(
        decision_id=decision_id, cause=Cause.STAFF, staff=_moderator(request), now=timezone.now(), reopen=reopen
    )
    return "Undone." if done else "That was undone before."


def _of_somebody(rows: QuerySet[Any], search_term: str, *ids: str, prefix: str = "") -> QuerySet[Any]:
    """By the beginning of a username or an id: both have an index."""
    term = search_term.strip().removeprefix("@").lower()
    if not term:
        return rows
    found = rows.filter(**{f"{prefix}profile__username__startswith": term})
    if number := parse_id(term):
        for name in ids:
            found |= rows.filter(**{name: number})
    return found
