"""Addresses of the desk: each subject has its own. None begins like that of another subject, so their order is free."""

from .accounts import urls as accounts
from .boards import urls as boards
from .handbook import urls as handbook
from .intake import urls as intake
from .ledgers import urls as ledgers
from .notices import urls as notices
from .shared import urls as shared
from .today import urls as today

urlpatterns = [
    *today.urlpatterns,
    *intake.urlpatterns,
    *ledgers.urlpatterns,
    *boards.urlpatterns,
    *notices.urlpatterns,
    *accounts.urlpatterns,
    *handbook.urlpatterns,
    *shared.urlpatterns,
]
