"""Addresses of the handbook."""

from django.urls import path

from . import handbook, practice

urlpatterns = [
    path("handbook/", handbook.index, name="handbook"),
    path("handbook/print/", handbook.whole, name="handbook-whole"),
    path("handbook/<slug:code>/", handbook.task, name="handbook-task"),
    path("practice/afresh/", practice.afresh, name="practice-afresh"),
]
