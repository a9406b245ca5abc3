"""Addresses of notices, duties, forms and lists of outside systems."""

from django.urls import path

from . import duties, earlier, forms, notice_pages, outside_lists, switches

urlpatterns = [
    path("notices/", notice_pages.index, name="notices"),
    path("notices/in-force/", switches.index, name="notices-in-force"),
    path("notices/<slug:notice>/in-force/", switches.switch, name="switch-notice"),
    path("notices/<slug:notice>/", notice_pages.notice, name="notice"),
    path("notices/<slug:notice>/<slug:indicator>/rule/", notice_pages.rule, name="rule"),
    path("notices/<slug:notice>/earlier/", earlier.earlier, name="earlier"),
    path("notices/<slug:notice>/<slug:indicator>/targets/", notice_pages.targets, name="targets"),
    path("notices/<slug:notice>/<slug:indicator>/split/", notice_pages.split, name="split"),
    path("notices/<slug:notice>/<slug:indicator>/set/", notice_pages.set_, name="set-target"),
    path("duties/", duties.index, name="duties"),
    path("duties/filings/<int:pk>/revoke/", duties.revoke, name="revoke-filing"),
    path("duties/<slug:notice>/<slug:duty>/<str:on>/", duties.duty, name="duty"),
    path("duties/<slug:notice>/<slug:duty>/<str:on>/chase/", duties.chase, name="chase"),
    path("duties/<slug:notice>/<slug:duty>/<str:on>/chase.xlsx", duties.chase_list, name="chase-list"),
    path("duties/<slug:notice>/<slug:duty>/<str:on>/sent/", duties.register, name="register-filing"),
    path("systems/", outside_lists.index, name="systems"),
    path("systems/<slug:system>/<slug:table>/", outside_lists.table, name="outside"),
    path("comparisons/<int:pk>/", outside_lists.comparison, name="comparison"),
    path("comparisons/<int:pk>/lines/", outside_lists.lines, name="comparison-lines"),
    path("comparisons/<int:pk>/again/", outside_lists.again, name="compare-again"),
    path("comparisons/<int:pk>/cancel/", outside_lists.cancel, name="compare-cancel"),
    path("comparisons/<int:pk>/discard/", outside_lists.discard, name="compare-discard"),
    path("comparisons/<int:pk>/export/", outside_lists.export, name="compare-export"),
    path("forms/", forms.index, name="forms"),
    path("forms/<slug:notice>/<slug:table>/", forms.form, name="form"),
    path("forms/<slug:notice>/<slug:table>/rows/", forms.rows, name="form-rows"),
    path("forms/<slug:notice>/<slug:table>/download.<slug:format>", forms.download, name="download"),
]
