from posts_project.trends.views import TrendingView
from shared.urls import api

urlpatterns = [
    api("api/v1/tags/trending", TrendingView.as_view(), name="trending-tags"),
]
