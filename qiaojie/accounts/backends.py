"""How an account is read for every request."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from .models import User


class AccountBackend(ModelBackend):
    """Django's own, but the account comes with its agency and region: every page asks for all three, in one query."""

    def get_user(self, user_id: int) -> User | None:
        """The account of a session, None where it is gone or closed."""
        found = User.objects.select_related("agency__region").filter(pk=user_id).first()
        return found if found is not None and self.user_can_authenticate(found) else None
