from posts_project.filters.views import FiltersView, FilterView
from shared.urls import api

urlpatterns = [
    api("api/v1/filters", FiltersView.as_view(), name="filters"),
    api("api/v1/filters/<filter_id>", FilterView.as_view(), name="filter"),
]
