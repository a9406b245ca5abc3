"""Addresses beside those of this version: nothing is there, and programs are told so in the shape that they read."""

from django.urls import re_path

from .urls import nowhere

urlpatterns = [re_path(r"", nowhere, name="api-elsewhere")]
