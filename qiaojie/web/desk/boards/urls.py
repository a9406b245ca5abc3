"""Addresses of boards, near misses and disputes."""

from django.urls import path

from . import board, disputes, money, near_misses, ranking, trend

urlpatterns = [
    path("board/", board.index, name="boards"),
    path("board/<slug:notice>/", board.board, name="board"),
    path("board/<slug:notice>/<slug:indicator>/course/", trend.course, name="course"),
    path("board/<slug:notice>/page.<slug:format>", board.page, name="board-page"),
    path("board/<slug:notice>/year-before/", board.renew, name="renew-year-before"),
    path("board/<slug:notice>/money/", money.index, name="money"),
    path("board/<slug:notice>/money/<slug:ledger>/<str:field>/", money.rows, name="money-rows"),
    path("board/<slug:notice>/<slug:indicator>/", board.behind, name="behind"),
    path("board/<slug:notice>/<slug:indicator>/ranking/", ranking.ranking, name="ranking"),
    path("near/<slug:notice>/", near_misses.index, name="near"),
    path("near/<slug:notice>/<slug:indicator>/<str:step>/", near_misses.step, name="near-step"),
    path("near/<slug:notice>/<slug:indicator>/<str:step>/approve/", near_misses.approve, name="near-approve"),
    path(
        "near/<slug:notice>/<slug:indicator>/<str:step>/calls.<slug:format>",
        near_misses.calls,
        name="near-calls",
    ),
    path("disputes/", disputes.index, name="disputes"),
    path("disputes/<int:pk>/answer/", disputes.answer, name="dispute-answer"),
    path("disputes/<int:pk>/withdraw/", disputes.withdraw, name="dispute-withdraw"),
    path("disputes/<slug:notice>/<slug:indicator>/", disputes.raise_, name="dispute"),
    path("disputes/<slug:notice>/<slug:indicator>/give/", disputes.give, name="give-over"),
]
