"""Addresses of what all subjects share: files taken out."""

from django.urls import path

from . import downloads

urlpatterns = [
    path("exports/", downloads.index, name="exports"),
    path("exports/<int:pk>/", downloads.fetch, name="export-again"),
]
