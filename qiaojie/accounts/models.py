"""Agencies with dated names, posts and who holds them, accounts with one role each."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import EncryptedTextField


class Line(models.TextChoices):
    """The line of work an agency belongs to; the poverty line is one agency under its successive names."""

    DPF = "dpf", _("残联")
    WOMEN = "women", _("妇联")
    POVERTY = "poverty", _("扶贫、乡村振兴")
    TRAINER = "trainer", _("培训机构")
    BASE = "base", _("基地经营者")
    EMPLOYER = "employer", _("用人单位")
    BANK = "bank", _("银行")
    OTHER = "other", _("其他单位")


OFFICES = (Line.DPF, Line.WOMEN, Line.POVERTY)
"""The lines whose offices lead the programme together; a unit may lack one of them."""


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


class Agency(models.Model):
    """A body that works in a region (机构). Its name may change with the years; the agency stays the same."""

    region = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("区域")
    )
    line = models.CharField(_("条线"), max_length=10, choices=Line.choices)
    name = models.CharField(_("现用名称"), max_length=100)

    class Meta:
        verbose_name = _("机构")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["region", "line", "name"], name="agency_once")
        ]

    def __str__(self) -> str:
        return self.name

    def called(self, on: date) -> str:
        """What it was called on a day; '' where it was not there. No query where its names have been read with it."""
        names = self.names.all()
        found = (one.name for one in names if one.holds(on))
        return next(found, "") if names else self.name


class AgencyName(models.Model):
    """What an agency was called from one day to another (扶贫办 → 乡村振兴局 → 农业农村委)."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="names")
    name = models.CharField(_("名称"), max_length=100)
    begins = models.DateField(_("启用"), null=True)
    ends = models.DateField(_("停用"), null=True)

    class Meta:
        verbose_name = _("机构名称")

    def __str__(self) -> str:
        return self.name

    def holds(self, on: date) -> bool:
        """Whether this was the name on a day."""
        return (self.begins is None or self.begins <= on) and (self.ends is None or on < self.ends)


class StandIn(models.Model):
    """Which agency answers for a line in a region that has no office of it, from one day to another (两江新区 has no 扶贫办)."""

    region = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("区域")
    )
    line = models.CharField(_("条线"), max_length=10, choices=Line.choices)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="stands_in", verbose_name=_("代管机构")
    )
    begins = models.DateField(_("起"))
    ends = models.DateField(_("止"), null=True)
    reason = models.CharField(_("依据"), max_length=200)

    class Meta:
        verbose_name = _("条线代管")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["region", "line"], condition=models.Q(ends__isnull=True), name="stand_in_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.region_id}/{self.line} → {self.agency_id}"


class Agreement(models.Model):
    """The agreement (协议) under which an agency outside the offices enters records; without one in force it sees nothing."""

    agency = models.ForeignKey(
        Agency, on_delete=models.CASCADE, related_name="agreements", verbose_name=_("机构")
    )
    number = models.CharField(_("协议编号"), max_length=60)
    begins = models.DateField(_("起"))
    ends = models.DateField(_("止"), null=True, blank=True)

    class Meta:
        verbose_name = _("协议")

    def __str__(self) -> str:
        return self.number


class Post(models.Model):
    """A post (岗位) of an agency with the role it calls for. It outlives whoever holds it."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="posts", verbose_name=_("机构"))
    title = models.CharField(_("岗位"), max_length=60)
    role = models.CharField(_("角色"), max_length=15, choices=Role.choices)

    class Meta:
        verbose_name = _("岗位")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "title"], name="post_once")
        ]

    def __str__(self) -> str:
        return self.title


class User(AbstractUser):
    """Someone who signs in: one named person at one post of an agency.

    ``role`` is what has been granted; an account that nobody has confirmed has none and may do nothing.
    """

    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, related_name="users", verbose_name=_("机构")
    )
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, related_name="users", verbose_name=_("岗位")
    )
    role = models.CharField(_("角色"), max_length=15, choices=Role.choices, blank=True, default="")
    holder = models.CharField(_("姓名"), max_length=50, blank=True)
    password_at = models.DateTimeField(_("密码设置时间"), default=timezone.now)
    first_password = models.BooleanField(_("初始密码"), default=False)

    class Meta:
        verbose_name = _("账号")

    def __str__(self) -> str:
        return self.holder or self.username


class Holding(models.Model):
    """Who held a post, from when to when: the name stays when the account is closed."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="holdings")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="holdings")
    holder = models.CharField(_("姓名"), max_length=50)
    begins = models.DateField(_("起"))
    ends = models.DateField(_("止"), null=True)

    class Meta:
        verbose_name = _("任职")

    def __str__(self) -> str:
        return f"{self.holder} {self.begins:%Y-%m-%d}"


class Grant(models.Model):
    """A role that one administrator asks for and another confirms; only then does it hold."""

    class Answer(models.TextChoices):
        """What became of it."""

        OPEN = "open", _("待确认")
        CONFIRMED = "confirmed", _("已确认")
        REFUSED = "refused", _("未同意")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants", verbose_name=_("账号"))
    role = models.CharField(_("角色"), max_length=15, choices=Role.choices)
    asked_by = models.CharField(_("提出人"), max_length=150)
    asked_at = models.DateTimeField(_("提出时间"), auto_now_add=True)
    reason = models.CharField(_("事由"), max_length=200, blank=True)
    answer = models.CharField(_("结果"), max_length=10, choices=Answer.choices, default=Answer.OPEN)
    answered_by = models.CharField(_("确认人"), max_length=150, blank=True)
    answered_at = models.DateTimeField(_("确认时间"), null=True)

    class Meta:
        verbose_name = _("授权")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user"], condition=models.Q(answer="open"), name="grant_one_open")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class PastPassword(models.Model):
    """The hash of a password that an account had: the last few are not taken again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="past_passwords")
    hash = models.CharField(max_length=128)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("用过的密码")

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d}"


class SecondFactor(models.Model):
    """What somebody has besides the password: an app that makes one-time codes, or a security key or passkey.

    ``last_step`` is the time step of the code used last: no code is taken twice (RFC 6238, 5.2). ``credential`` finds a
    key; ``secret`` is the app's secret or the key's public part.
    """

    class Kind(models.TextChoices):
        """Which of the two."""

        CODES = "codes", _("动态验证码")
        KEY = "key", _("安全密钥或通行密钥")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="second_factors")
    kind = models.CharField(_("方式"), max_length=5, choices=Kind.choices)
    name = models.CharField(_("名称"), max_length=40)
    secret = EncryptedTextField(purpose="second_factor.secret")
    credential = models.BinaryField(max_length=1023, null=True)
    last_step = models.BigIntegerField(default=0)
    sign_count = models.BigIntegerField(default=0)
    made_at = models.DateTimeField(_("登记时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("第二重验证")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["credential"], name="factor_credential_once")
        ]

    def __str__(self) -> str:
        return self.name


class Packet(models.Model):
    """A hand-over packet (交接包): what a leaver has open at a post, signed by both; then the post changes hands.

    ``content`` is what was open, promised and stands in boxes when the leaver signed, as JSON (``handing.Content``).
    """

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="packets", verbose_name=_("岗位"))
    leaver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("移交人"))
    successor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("接收人"))
    content = EncryptedTextField(purpose="packet.content")
    left_at = models.DateTimeField(_("移交人签字时间"), default=timezone.now)
    taken_at = models.DateTimeField(_("接收人签字时间"), null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("交接包")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["leaver"],
                condition=models.Q(taken_at__isnull=True, withdrawn_at__isnull=True),
                name="packet_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.leaver_id} → {self.successor_id}"


class AccessKey(models.Model):
    """A key with which a program of an agency asks in an account's name (接口密钥); it is never more than the account.

    ``handle`` is the part that may be shown and logged, ``secret`` a keyed hash of the other. ``ledgers`` are the codes of the
    ledgers that it opens. Handing in and seeing whole numbers hold once the security administrator has confirmed them;
    ``role`` and ``post`` are what the account was when the key was made: it ends when either changes.
    """

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="access_keys", verbose_name=_("账号")
    )
    handle = models.CharField(max_length=12, unique=True)
    secret = models.BinaryField(max_length=34)
    name = models.CharField(_("密钥名称"), max_length=40)
    purpose = models.CharField(_("用途"), max_length=100)
    ledgers = models.JSONField(_("台账范围"))
    hands_in = models.BooleanField(_("可报送"), default=False)
    reveals = models.BooleanField(_("可查看完整号码"), default=False)
    addresses = models.CharField(_("允许的来源地址"), max_length=400, blank=True)
    role = models.CharField(max_length=15, choices=Role.choices)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(_("生成时间"), default=timezone.now)
    expires_at = models.DateTimeField(_("有效期至"))
    confirmed_by = models.CharField(_("确认人"), max_length=150, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_by = models.CharField(_("停用人"), max_length=150, blank=True)
    ended_at = models.DateTimeField(_("停用时间"), null=True)

    class Meta:
        verbose_name = _("接口密钥")

    def __str__(self) -> str:
        return f"{self.handle} {self.name}"

    @property
    def asks(self) -> bool:
        """Whether it is to do more than read."""
        return self.hands_in or self.reveals


# --- beside the registry ---------------------------------------------------------------------------------------------
# On SQLite what follows lives in a second file, so nothing of it has foreign keys.


class AccessEntry(models.Model):
    """One line of the access log. Never changed: the database refuses it, and ``mark`` and seals would show it."""

    at = models.DateTimeField(_("时间"), default=timezone.now)
    user_id = models.BigIntegerField(null=True)
    username = models.CharField(_("账号"), max_length=150)
    holder = models.CharField(_("姓名"), max_length=50, blank=True, default="")
    address = models.CharField(_("来源地址"), max_length=45, blank=True)
    action = models.CharField(_("操作"), max_length=12)
    subject = models.CharField(_("对象"), max_length=200)
    rows = models.BigIntegerField(_("条数"), null=True)
    purpose = models.CharField(_("用途"), max_length=200, blank=True)
    done = models.BooleanField(_("是否成功"), default=True)
    mark = models.BinaryField(max_length=42, null=True, unique=True)

    class Meta:
        verbose_name = _("访问日志")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["username", "at"], name="access_user"),
            models.Index(fields=["at"], name="access_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.username} {self.action} {self.subject}"


class AccessOpen(models.Model):
    """A line of the log that no seal holds yet; written by a trigger with the line itself, gone a second later."""

    entry_id = models.BigIntegerField(primary_key=True)

    class Meta:
        verbose_name = _("待封存的日志")

    def __str__(self) -> str:
        return str(self.entry_id)


class AccessSeal(models.Model):
    """A link of the chain over the log: which lines it holds (``1-40,43``), and a keyed hash over them and the last seal.

    ``checkpoint`` is set on the seal at which lines older than the time of keeping were cut off: the chain begins there.
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    lines = models.TextField()
    mark = models.BinaryField(max_length=34)
    checkpoint = models.BinaryField(max_length=34, null=True)

    class Meta:
        verbose_name = _("日志封存")

    def __str__(self) -> str:
        return f"{self.number} {self.lines}"


class SignInFailures(models.Model):
    """Failed attempts to sign in under a name or from an address, since the last success; and until when it is shut."""

    key = models.CharField(max_length=170, primary_key=True)
    number = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("登录失败")

    def __str__(self) -> str:
        return f"{self.key} {self.number}"


class KeyUse(models.Model):
    """When a key was used last, and how often in the minute that began at ``since``. Its key is that of the access key."""

    key_id = models.BigIntegerField(primary_key=True)
    used_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    since = models.DateTimeField()
    number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("密钥使用")

    def __str__(self) -> str:
        return f"{self.key_id} {self.used_at:%Y-%m-%d %H:%M}"


class Presence(models.Model):
    """A session of an account: since when, from where, with what. Its key is that of the session's row."""

    session_key = models.CharField(max_length=40, primary_key=True)
    user_id = models.BigIntegerField(db_index=True)
    begun_at = models.DateTimeField(default=timezone.now)
    address = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("登录会话")

    def __str__(self) -> str:
        return f"{self.user_id} {self.begun_at:%Y-%m-%d %H:%M}"


class Export(models.Model):
    """A file that somebody took out: kept encrypted, open to that account alone, until it expires. ``made_by`` is the key of
    the job that made it, '' where nobody needed one."""

    user_id = models.BigIntegerField()
    made_at = models.DateTimeField(_("导出时间"), default=timezone.now)
    expires_at = models.DateTimeField(_("有效期至"))
    name = models.CharField(_("文件名"), max_length=200)
    subject = models.CharField(_("对象"), max_length=200)
    purpose = models.CharField(_("用途"), max_length=200)
    content = models.BinaryField()
    made_by = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name = _("导出文件")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user_id", "-made_at"], name="export_user")
        ]

    def __str__(self) -> str:
        return self.name
