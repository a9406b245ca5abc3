"""A page of no consequence, for the tests of the browser itself."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path


@login_not_required
def hello(_request: HttpRequest) -> HttpResponse:
    """Say hello, having asked the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse(
        "<!doctype html><html lang=zh-Hans><title>巧姐</title><main><h1>你好</h1>"
        "<img alt=一点 src=data:,></main>"
    )


urlpatterns = [path("", hello)]
