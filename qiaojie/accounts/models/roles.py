"""What accounts may be: one role each."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What an account may do. One role each, so that the three administrators (三员) exclude one another."""

    CLERK = "clerk", _("经办")
    APPROVER = "approver", _("审核")
    LEADER = "leader", _("领导")
    INSPECTOR = "inspector", _("督查")
    BASE_MANAGER = "base_manager", _("基地负责人")
    TRAINER = "trainer", _("培训机构人员")
    HELPER = "helper", _("代办人")
    BANK = "bank", _("银行经办")
    SYSTEM = "system", _("系统管理员")
    SECURITY = "security", _("安全管理员")
    AUDIT = "audit", _("审计管理员")


ADMINISTRATORS = frozenset({Role.SYSTEM, Role.SECURITY, Role.AUDIT})
"""系统管理员 opens accounts, 安全管理员 grants what they may do, 审计管理员 reads the log. None sees business data."""


OUTSIDERS = frozenset({Role.BASE_MANAGER, Role.TRAINER, Role.HELPER, Role.BANK})
"""Those outside the offices: they see what their own agency entered, while an agreement is in force."""
