"""All addresses: the desk for staff, the API for programs; the public door joins when it has something to show."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("qiaojie.web.api.urls")),
    path("api/", include("qiaojie.web.api.elsewhere_urls")),
    path("", include("qiaojie.web.api.pages_urls")),
    path("", include("qiaojie.web.desk.urls")),
]

handler400 = "qiaojie.web.broken.unintelligible"
handler500 = "qiaojie.web.broken.answer"
