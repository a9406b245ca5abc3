"""The second factor: one-time codes of an app (RFC 6238), security keys and passkeys (WebAuthn), printed cards
(``credentials.cards``)."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from typing import Any, Final

import pyotp
import segno
from django.conf import settings
from django.utils.translation import gettext as _
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from qiaojie.ledgers.viewer import Action
from qiaojie.lib.fields import Unreadable
from qiaojie.lib.findings import Unusable

from .credentials import cards
from .models import ADMINISTRATORS, SecondFactor, User
from .viewers import ALLOWED

STEP: Final = 30
"""Seconds for which a code holds."""

AROUND: Final = (0, -1, 1)
"""Steps by which a clock may be wrong."""

SITE: Final = "巧姐"
"""What an app or a key calls us."""

MOST: Final = 5
"""Second factors of one account."""


LEVELS: Final = ("none", "administrators", "people", "all")
"""Who must have a second factor: nobody; the three administrators; these and whoever sees people, masked ones too; everybody."""

BEFORE: Final = {"reveal": "people"}
"""Words of earlier versions, and what stands in their place: it asks at least as much."""


def level() -> str:
    """Who must have a second factor. A word that is none asks everybody: a slip in a setting opens nothing."""
    wanted = BEFORE.get(settings.QIAOJIE_SECOND_FACTOR, settings.QIAOJIE_SECOND_FACTOR)
    return wanted if wanted in LEVELS else "all"


def required(user: User) -> bool:
    """Whether the account must have a second factor (``QIAOJIE_SECOND_FACTOR``)."""
    wanted = level()
    sees = Action.SEE in ALLOWED.get(user.role, frozenset())
    return {
        "all": True,
        "people": user.role in ADMINISTRATORS or sees,
        "administrators": user.role in ADMINISTRATORS,
    }.get(wanted, False)


def must_enrol(user: User) -> bool:
    """Whether a second factor has to be enrolled before anything else: it is required and there is none, or the card that was
    the only one has just been used up."""
    held = list(user.second_factors.all())
    usable = any(one.kind != SecondFactor.Kind.CARD or cards.left(one) for one in held)
    return not usable and (bool(held) or required(user))


# --- one-time codes --------------------------------------------------------------------------------------------------


def new_secret() -> str:
    """A secret for an app (160 bits)."""
    return pyotp.random_base32()


def enrolment_address(user: User, secret: str) -> str:
    """What an app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.get_username(), issuer_name=SITE)


def picture(address: str) -> str:
    """The address as an inline SVG without styles: black on white in every mode, for a camera has to read it."""
    code = segno.make(address, error="m", micro=False)
    drawn: str = code.svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    return drawn


def step_of(secret: str, code: str) -> int | None:
    """The time step whose code this is, None where it is none of the last, present or next one's."""
    if isinstance(secret, Unreadable):
        return None
    plain = "".join(code.split())
    now = int(time.time()) // STEP
    totp = pyotp.TOTP(secret)
    for around in AROUND:
        if hmac.compare_digest(totp.generate_otp(now + around).encode(), plain.encode()):
            return now + around
    return None


def add_codes(user: User, secret: str, code: str, name: str) -> SecondFactor:
    """Keep an app that has shown that it makes the right codes. Raises Unusable ``code_wrong``, ``factors_many``."""
    step = step_of(secret, code)
    if step is None:
        raise Unusable("code_wrong", _("动态验证码不对。请核对手机时间是否准确，再填最新的 6 位数字。"))
    _room(user)
    return SecondFactor.objects.create(
        user=user,
        kind=SecondFactor.Kind.CODES,
        name=name.strip()[:40] or _("手机验证器"),
        secret=secret,
        last_step=step,
    )


def takes_code(user: User, code: str) -> bool:
    """Whether one of the account's apps made the code, and it was not used before."""
    for factor in user.second_factors.filter(kind=SecondFactor.Kind.CODES):
        step = step_of(factor.secret, code)
        # Of two requests with one code, the database lets one through.
        if step is not None and SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(
            last_step=step
        ):
            return True
    return False


def asks_code(user: User) -> bool:
    """Whether the account has something from which a code can be typed: an app, or a card."""
    return user.second_factors.filter(kind__in=(SecondFactor.Kind.CODES, SecondFactor.Kind.CARD)).exists()


def takes_typed(user: User, code: str) -> bool:
    """Whether the account's app made the code, or it is the next one of its card."""
    return takes_code(user, code) or cards.takes(user, code)


# --- keys ------------------------------------------------------------------------------------------------------------


def _server(host: str) -> Fido2Server:
    # By the name alone: a key belongs to a site, whatever its port.
    return Fido2Server(PublicKeyCredentialRpEntity(id=host.partition(":")[0], name=SITE))


def _credentials(user: User) -> dict[SecondFactor, AttestedCredentialData]:
    held = user.second_factors.filter(kind=SecondFactor.Kind.KEY)
    return {
        one: AttestedCredentialData(websafe_decode(one.secret))
        for one in held
        if not isinstance(one.secret, Unreadable)
    }


def begin_key(user: User, host: str) -> tuple[dict[str, Any], Any]:
    """What the browser needs to make a key, and what the session must remember of it."""
    entity = PublicKeyCredentialUserEntity(
        id=f"{user.pk}".encode(), name=user.get_username(), display_name=str(user)
    )
    options, state = _server(host).register_begin(
        entity,
        list(_credentials(user).values()),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return dict(options.public_key), state


def add_key(user: User, host: str, state: Any, answer: Mapping[str, Any], name: str) -> SecondFactor:
    """Keep a key that the browser has made. Raises Unusable ``key_wrong``, ``factors_many``."""
    try:
        made = _server(host).register_complete(state, answer)
    except (ValueError, KeyError, TypeError) as wrong:
        raise Unusable("key_wrong", _("密钥没有登记成功，请重试。")) from wrong
    _room(user)
    assert made.credential_data is not None
    return SecondFactor.objects.create(
        user=user,
        kind=SecondFactor.Kind.KEY,
        name=name.strip()[:40] or _("安全密钥"),
        secret=websafe_encode(bytes(made.credential_data)),
        credential=made.credential_data.credential_id,
        sign_count=made.counter,
    )


def begin_use(user: User, host: str) -> tuple[dict[str, Any], Any]:
    """What the browser needs to ask a key, and what the session must remember of it."""
    options, state = _server(host).authenticate_begin(
        list(_credentials(user).values()), user_verification=UserVerificationRequirement.PREFERRED
    )
    return dict(options.public_key), state


def takes_key(user: User, host: str, state: Any, answer: Mapping[str, Any]) -> bool:
    """Whether one of the account's keys answered what was asked, and is no copy (its counter went up)."""
    held = _credentials(user)
    try:
        used = _server(host).authenticate_complete(state, list(held.values()), answer)
        counter = AuthenticationResponse.from_dict(answer).response.authenticator_data.counter
    except (ValueError, KeyError, TypeError):
        return False
    factor = next(one for one, data in held.items() if data.credential_id == used.credential_id)
    # A key that keeps no counter always says 0.
    if counter <= factor.sign_count and (counter or factor.sign_count):
        return False
    return bool(
        SecondFactor.objects.filter(pk=factor.pk, sign_count=factor.sign_count).update(sign_count=counter)
    )


def remove(user: User, pk: int) -> None:
    """Take one of one's own second factors away. Raises Unusable ``factor_needed`` for the last one that is required."""
    own = user.second_factors.filter(pk=pk)
    if required(user) and own.exists() and user.second_factors.count() == 1:
        raise Unusable("factor_needed", _("您的账号必须有第二重验证，请先登记另一种，再删除这一种。"))
    own.delete()


def _room(user: User) -> None:
    if user.second_factors.count() >= MOST:
        raise Unusable("factors_many", _("每个账号最多登记 %d 种第二重验证，请先删除不用的。") % MOST)
