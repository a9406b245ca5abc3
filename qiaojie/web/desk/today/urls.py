"""Addresses of what stands over the other subjects: today, searching, handing over, display."""

from django.urls import path

from . import display, handover, home, leader, search, unsent

urlpatterns = [
    path("", home.home, name="home"),
    path("leader/<slug:notice>/", leader.leader, name="leader"),
    path("leader/<slug:notice>/page.pdf", leader.printed, name="leader-page"),
    path("display/", display.choose, name="choose-display"),
    path("components/", display.components, name="components"),
    path("unsent/", unsent.unsent, name="unsent"),
    path("search/", search.search, name="search"),
    path("hand-over/", handover.index, name="hand-over"),
    path("hand-over/<int:pk>/take/", handover.take, name="packet-take"),
    path("hand-over/<int:pk>/withdraw/", handover.withdraw, name="packet-withdraw"),
    path("hand-over/<int:pk>/packet.<slug:format>", handover.packet, name="packet"),
]
