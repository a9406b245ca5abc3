"""Addresses of the API's pages: for people, with a session."""

from django.urls import path

from . import pages

urlpatterns = [
    path("help/api/", pages.page, name="api-page"),
    path("help/api/openapi.json", pages.document, name="api-document"),
]
