"""Addresses of files and rows handed in."""

from django.urls import path

from . import (
    findings,
    handed_in,
    headers,
    jobs,
    marked_copy,
    mended_cells,
    owners_lists,
    pasting,
    plans,
    questions,
    row_entry,
    uploads,
)

urlpatterns = [
    path("intake/", uploads.index, name="uploads"),
    path("intake/waiting/", questions.waiting, name="waiting"),
    path("intake/answers/<int:pk>/revoke/", questions.revoke, name="revoke-answer"),
    path("intake/new/", uploads.receive, name="receive"),
    path("intake/enter/<slug:notice>/<slug:table>/", row_entry.enter, name="enter"),
    path("intake/paste/<slug:notice>/<slug:table>/", pasting.paste, name="paste"),
    path("handed-in/<slug:notice>/<slug:table>/", handed_in.index, name="handed-in"),
    path(
        "handed-in/<slug:notice>/<slug:table>/export.<slug:format>", handed_in.export, name="handed-in-export"
    ),
    path("intake/<int:pk>/", plans.plan, name="plan"),
    path("intake/<int:pk>/decide/", plans.decide, name="decide"),
    path("intake/<int:pk>/decide-all/", findings.decide_all, name="decide-all"),
    path("intake/<int:pk>/mend/", mended_cells.mend, name="mend-cell"),
    path("intake/<int:pk>/kind/<slug:level>/<slug:code>/", findings.kind, name="plan-kind"),
    path("intake/<int:pk>/reason/", findings.explain, name="plan-reason"),
    path("intake/<int:pk>/rows/", findings.rows, name="plan-rows"),
    path("intake/<int:pk>/marked.xlsx", marked_copy.make, name="plan-marked"),
    path("intake/<int:pk>/marked/", marked_copy.watch, name="marked"),
    path("intake/<int:pk>/marked/cancel/", marked_copy.cancel, name="cancel-marked"),
    path("intake/<int:pk>/commit/", plans.commit, name="commit"),
    path("intake/<int:pk>/whole/", owners_lists.whole, name="whole-list"),
    path("intake/<int:pk>/effect/", plans.effect, name="plan-effect"),
    path("intake/<int:pk>/undo/", plans.undo, name="undo"),
    path("intake/<int:pk>/discard/", plans.discard, name="discard"),
    path("intake/<int:pk>/restore/", plans.restore, name="restore"),
    path("intake/<int:pk>/progress/", jobs.progress, name="progress"),
    path("intake/<int:pk>/again/", jobs.again, name="again"),
    path("intake/<int:pk>/cancel/", jobs.cancel, name="cancel-job"),
    path("intake/<int:pk>/columns/", headers.columns, name="columns"),
    path("intake/columns/<int:pk>/revoke/", headers.revoke, name="revoke-columns"),
]
