"""`/api/v1/reports`, `/api/v1/decisions`, `/api/v1/appeals`."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from posts_project.authentication import signed_in
from posts_project.conditional import single_object
from posts_project.moderation import selectors
from posts_project.moderation.models import Report
from posts_project.moderation.serializers import AppealInput, DecisionOutput, ReportInput, ReportOutput
from posts_project.moderation.services import appeals, reports
from posts_project.moderation.services.appeals import AlreadyAppealed, DecisionReversed
from posts_project.moderation.services.reports import AlreadyReported, CannotReportSelf
from posts_project.openapi import ETAG_PARAMETERS, PAGE_PARAMETERS, paged
from posts_project.pages import list_response
from posts_project.parameters import path_id
from posts_project.profiles.models import Profile
from posts_project.profiles.services import fill
from posts_project.profiles.services.fill import AccountInactive
from posts_project.throttling.quotas import APPEAL, REPORT
from shared.openapi import problems
from shared.pagination import Keyset
from shared.views import ApiView


class ReportsView(ApiView):
    quotas = {"POST": [REPORT]}

    @extend_schema(
        operation_id="report",
        request=ReportInput,
        responses={201: ReportOutput, **problems(CannotReportSelf, AlreadyReported, AccountInactive)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Ask moderators to look at a post or a person. One may be asked for once until they have decided; whoever is
        reported never learns by whom."""
        body = ReportInput(data=request.data)
        body.is_valid(raise_exception=True)
        made = _report(fill.acting(signed_in(request)), dict(body.validated_data))
        response = single_object(request, _shown(made), status=201)
        response.headers["Location"] = f"/api/v1/reports/{made.id}"
        return response


class ReportView(ApiView):
    @extend_schema(operation_id="own_report", parameters=ETAG_PARAMETERS, responses=ReportOutput)
    def get(self, request: Request, report_id: str) -> HttpResponse:
        """One of the viewer's own reports, and whether moderators have decided."""
        found = selectors.report(path_id(report_id), reporter_id=signed_in(request).user_id)
        return single_object(request, _shown(found))


class DecisionsView(ApiView):
    @extend_schema(operation_id="decisions", parameters=PAGE_PARAMETERS, responses=paged(DecisionOutput))
    def get(self, request: Request) -> HttpResponse:
        """What moderators have decided about the viewer, newest first, with what they said and any appeal."""
        who = signed_in(request)
        page = Keyset.from_request(request, scope=f"decisions:{who.user_id}")
        found = selectors.decisions(who.user_id, page)
        return list_response(page.page(found, position=selectors.position), selectors.shown)


class DecisionView(ApiView):
    @extend_schema(operation_id="decision", parameters=ETAG_PARAMETERS, responses=DecisionOutput)
    def get(self, request: Request, decision_id: str) -> HttpResponse:
        """One decision about the viewer."""
        return single_object(request, selectors.decision(path_id(decision_id), profile_id=signed_in(request).user_id))


class AppealsView(ApiView):
    quotas = {"POST": [APPEAL]}

    @extend_schema(
        operation_id="appeal",
        request=AppealInput,
        responses={201: DecisionOutput, **problems(AlreadyAppealed, DecisionReversed, AccountInactive)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Ask for another look at a decision about oneself, once; the answer is the decision with its appeal."""
        body = AppealInput(data=request.data)
        body.is_valid(raise_exception=True)
        who = fill.acting(signed_in(request))
        made = appeals.appeal(profile_id=who.id, now=timezone.now(), **body.validated_data)
        response = single_object(request, selectors.decision(made.pk, profile_id=who.id), status=201)
        response.headers["Location"] = f"/api/v1/decisions/{made.pk}"
        return response


def _report(reporter: Profile, body: dict[str, Any]) -> Report:
    username = body.pop("username", None)
    if username is None:
        return reports.report_post(reporter=reporter, **body)
    return reports.report_profile(profile=fill.by_username(username, viewer_id=reporter.id), reporter=reporter, **body)


def _shown(report: Report) -> dict[str, Any]:
    case = report.case
    shape = {
        "id": report.id,
        "post_id": case.post_id,
        "profile_id": None if case.post_id else case.profile_id,
        "reason": report.reason,
        "comment": report.comment,
        "state": "closed" if case.closed_at else "open",
        "created_at": report.created_at,
    }
    return dict(ReportOutput(shape).data)
