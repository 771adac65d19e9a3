from posts_project.lists.views import ListsView, ListView, MembersView, MemberView
from shared.urls import api

urlpatterns = [
    api("api/v1/lists", ListsView.as_view(), name="lists"),
    api("api/v1/lists/<list_id>", ListView.as_view(), name="list"),
    api("api/v1/lists/<list_id>/members", MembersView.as_view(), name="list-members"),
    api("api/v1/lists/<list_id>/members/<username>", MemberView.as_view(), name="list-member"),
]
