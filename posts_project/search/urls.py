from posts_project.search.views import SearchView
from shared.urls import api

urlpatterns = [
    api("api/v1/search", SearchView.as_view(), name="search"),
]
