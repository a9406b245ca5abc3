"""Addresses of ledgers, their rows, classes, persons and documents."""

from django.urls import path

from . import attendance, corrections, documents, dossiers, lists, row_editing, same_person

urlpatterns = [
    path("corrections/", corrections.index, name="corrections"),
    path("ledgers/", lists.index, name="ledgers"),
    path("ledgers/<slug:code>/", lists.ledger, name="ledger"),
    path("ledgers/<slug:code>/export.<slug:format>", lists.export, name="export"),
    path("ledgers/<slug:code>/review/", lists.review, name="review"),
    path("ledgers/<slug:code>/views/", lists.keep_view, name="keep-view"),
    path("ledgers/<slug:code>/views/<int:pk>/drop/", lists.drop_view, name="drop-view"),
    path("ledgers/<slug:code>/move/<slug:word>/", lists.move, name="move"),
    path("ledgers/<slug:code>/<int:pk>/", row_editing.row, name="row"),
    path("ledgers/<slug:code>/<int:pk>/edit/", row_editing.edit, name="edit"),
    path("ledgers/<slug:code>/<int:pk>/history/", row_editing.past, name="history"),
    path("ledgers/<slug:code>/<int:pk>/reveal/<str:field>/", lists.reveal, name="reveal"),
    path("classes/<int:pk>/", dossiers.training_class, name="class"),
    path("classes/<int:pk>/attendance/", attendance.grid, name="attendance"),
    path("classes/<int:pk>/attendance/undo/", attendance.undo, name="attendance-undo"),
    path("persons/<int:pk>/", dossiers.person, name="person"),
    path("persons/<int:pk>/paper.<slug:format>", dossiers.person_paper, name="person-paper"),
    path("documents/add/<slug:code>/<int:pk>/", documents.add, name="add-documents"),
    path("documents/<int:pk>/", documents.document, name="document"),
    path("documents/<int:pk>/preview.jpg", documents.preview, name="document-preview"),
    path("documents/<int:pk>/whole/", documents.whole, name="document-whole"),
    path("documents/<int:pk>/move/<slug:word>/", documents.move, name="document-move"),
    path("persons/<int:pk>/merge/", same_person.merge, name="merge"),
    path("persons/<int:pk>/unmerge/", same_person.unmerge, name="unmerge"),
]
