"""All addresses: the desk for staff; the public door and the API join when they have something to show."""

from django.urls import include, path

urlpatterns = [path("", include("qiaojie.web.desk.urls"))]
