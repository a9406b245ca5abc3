"""Addresses of the handbook."""

from django.urls import path

from . import code_lists, handbook, practice

urlpatterns = [
    path("handbook/", handbook.index, name="handbook"),
    path("handbook/print/", handbook.whole, name="handbook-whole"),
    path("handbook/<slug:code>/", handbook.task, name="handbook-task"),
    path("code-lists/", code_lists.index, name="code-lists"),
    path("code-lists/words/<int:pk>/end/", code_lists.end_word, name="end-word"),
    path("code-lists/<slug:code>/", code_lists.code_list, name="code-list"),
    path("practice/afresh/", practice.afresh, name="practice-afresh"),
]
