from posts_project.moderation.views import AppealsView, DecisionsView, DecisionView, ReportsView, ReportView
from shared.urls import api

urlpatterns = [
    api("api/v1/reports", ReportsView.as_view(), name="reports"),
    api("api/v1/reports/<report_id>", ReportView.as_view(), name="report"),
    api("api/v1/decisions", DecisionsView.as_view(), name="decisions"),
    api("api/v1/decisions/<decision_id>", DecisionView.as_view(), name="decision"),
    api("api/v1/appeals", AppealsView.as_view(), name="appeals"),
]
