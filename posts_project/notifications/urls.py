from posts_project.notifications.views import NotificationsView, PreferencesView, ReadView, UnreadCountView
from shared.urls import api

urlpatterns = [
    api("api/v1/notifications", NotificationsView.as_view(), name="notifications"),
    api("api/v1/notifications/read", ReadView.as_view(), name="read-notifications"),
    api("api/v1/notifications/unread-count", UnreadCountView.as_view(), name="unread-count"),
    api("api/v1/notifications/preferences", PreferencesView.as_view(), name="notification-preferences"),
]
