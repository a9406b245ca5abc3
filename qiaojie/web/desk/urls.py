"""Addresses of the desk."""

from django.urls import path

from . import board, disputes, dossiers, forms, home, ledgers, near, notices, sessions, uploads

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", sessions.sign_in, name="sign-in"),
    path("sign-out/", sessions.sign_out, name="sign-out"),
    path("language/", sessions.choose_language, name="choose-language"),
    path("board/", board.index, name="boards"),
    path("board/<slug:notice>/", board.board, name="board"),
    path("board/<slug:notice>/<slug:indicator>/", board.behind, name="behind"),
    path("notices/", notices.index, name="notices"),
    path("notices/<slug:notice>/", notices.notice, name="notice"),
    path("notices/<slug:notice>/<slug:indicator>/rule/", notices.rule, name="rule"),
    path("notices/<slug:notice>/<slug:indicator>/targets/", notices.targets, name="targets"),
    path("notices/<slug:notice>/<slug:indicator>/split/", notices.split, name="split"),
    path("notices/<slug:notice>/<slug:indicator>/set/", notices.set_, name="set-target"),
    path("near/<slug:notice>/", near.index, name="near"),
    path("near/<slug:notice>/<slug:indicator>/<str:step>/", near.step, name="near-step"),
    path("disputes/", disputes.index, name="disputes"),
    path("disputes/<int:pk>/answer/", disputes.answer, name="dispute-answer"),
    path("disputes/<int:pk>/withdraw/", disputes.withdraw, name="dispute-withdraw"),
    path("disputes/<slug:notice>/<slug:indicator>/", disputes.raise_, name="dispute"),
    path("disputes/<slug:notice>/<slug:indicator>/give/", disputes.give, name="give-over"),
    path("ledgers/", ledgers.index, name="ledgers"),
    path("ledgers/<slug:code>/", ledgers.ledger, name="ledger"),
    path("ledgers/<slug:code>/approve/", ledgers.approve, name="approve"),
    path("ledgers/<slug:code>/<int:pk>/reveal/<str:field>/", ledgers.reveal, name="reveal"),
    path("classes/<int:pk>/", dossiers.training_class, name="class"),
    path("persons/<int:pk>/", dossiers.person, name="person"),
    path("intake/", uploads.index, name="uploads"),
    path("intake/new/", uploads.receive, name="receive"),
    path("intake/<int:pk>/", uploads.plan, name="plan"),
    path("intake/<int:pk>/decide/", uploads.decide, name="decide"),
    path("intake/<int:pk>/commit/", uploads.commit, name="commit"),
    path("intake/<int:pk>/undo/", uploads.undo, name="undo"),
    path("intake/<int:pk>/discard/", uploads.discard, name="discard"),
    path("forms/", forms.index, name="forms"),
    path("forms/<slug:notice>/<slug:table>/", forms.form, name="form"),
    path("forms/<slug:notice>/<slug:table>/download.<slug:format>", forms.download, name="download"),
]
