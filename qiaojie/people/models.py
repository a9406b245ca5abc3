"""One person under an internal id; numbers, certificates and statuses are dated evidence about her."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import BlindField, EncryptedTextField
from qiaojie.lib.pinyin import LENGTH, SOUND_LENGTH, sound

from . import number_blocks


class Sex(models.TextChoices):
    """GB/T 2261.1-2003."""

    UNKNOWN = "0", _("未知")
    MALE = "1", _("男")
    FEMALE = "2", _("女")
    UNSTATED = "9", _("未说明")


class Education(models.TextChoices):
    """GB/T 4658-2006, with the finer codes that lists use. It has no code for who never went to school: 91 is our own."""

    GRADUATE = "10", _("研究生教育")
    UNDERGRADUATE = "20", _("大学本科")
    BACHELOR = "21", _("大学本科毕业")
    JUNIOR_COLLEGE = "30", _("大学专科")
    JUNIOR_COLLEGE_DONE = "31", _("大学专科毕业")
    VOCATIONAL = "40", _("中等职业教育")
    UPPER_SECONDARY = "60", _("普通高中")
    UPPER_SECONDARY_DONE = "61", _("普通高中毕业")
    LOWER_SECONDARY = "70", _("初中")
    LOWER_SECONDARY_DONE = "71", _("初中毕业")
    LOWER_SECONDARY_LEFT = "73", _("初中肄业")
    PRIMARY = "80", _("小学")
    PRIMARY_DONE = "81", _("小学毕业")
    PRIMARY_LEFT = "83", _("小学肄业")
    OTHER = "90", _("其他学历")
    NONE = "91", _("未上过学")


class Relation(models.TextChoices):
    """Of whom in her household she is what (GB/T 4761-2008): the classes, and the few single codes that lists use."""

    HEAD = "02", _("户主")
    SPOUSE = "10", _("配偶")
    SON = "20", _("儿子")
    DAUGHTER_IN_LAW = "38", _("儿媳")
    DAUGHTER = "30", _("女儿")
    SON_IN_LAW = "28", _("女婿")
    GRANDCHILD = "40", _("孙子、孙女或外孙子、外孙女")
    PARENT = "50", _("父母")
    GRANDPARENT = "60", _("祖父母或外祖父母")
    SIBLING = "70", _("兄弟姐妹")
    RELATIVE = "97", _("其他亲属")
    NONE = "99", _("非亲属")


class HukouKind(models.TextChoices):
    """Kind of household registration; since 2014 registers say only 居民家庭."""

    RURAL = "1", _("农业")
    URBAN = "2", _("非农业")
    UNIFIED = "3", _("居民家庭（统一登记）")
    UNSTATED = "9", _("未说明")


class Scheme(models.TextChoices):
    """Registers of the poor, each with a time of its own: being on one says nothing of another."""

    REGISTERED_POOR = "registered_poor", _("建档立卡")
    RELAPSE_WATCH = "relapse_watch", _("防返贫监测")
    MINIMUM_ALLOWANCE = "minimum_allowance", _("最低生活保障")
    SPECIAL_HARDSHIP = "special_hardship", _("特困供养")


class StatusCategory(models.TextChoices):
    """Categories within the schemes. 建档立卡 knew two until the end of 2020; 防返贫监测 three until the end of 2025, and since
    2026 one, whether or not somebody had been registered as poor. On which days which may be entered, ``schemes`` says."""

    UNLIFTED = "unlifted", _("未脱贫")
    LIFTED = "lifted", _("已脱贫")
    UNSTABLE = "unstable", _("脱贫不稳定户")
    MARGINAL = "marginal", _("边缘易致贫户")
    SUDDEN = "sudden", _("突发严重困难户")
    PREVENTION = "prevention", _("防止返贫致贫对象")
    ALLOWED = "allowed", _("低保对象")
    SUPPORTED = "supported", _("特困人员")


class Household(models.Model):
    """People who live and count as one household, in a region. ``number`` is the one that a county's lists give it."""

    number = models.CharField(_("户编号"), max_length=40)
    county = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("编号区县")
    )
    region = models.ForeignKey("regions.Region", on_delete=models.PROTECT, null=True, related_name="+")
    begins = models.DateField(_("建户日期"), null=True)
    ends = models.DateField(_("销户日期"), null=True)

    class Meta:
        verbose_name = _("家庭户")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["county", "number"], name="household_number")
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}{self.pk}"


class Person(models.Model):
    """A person the programme serves (服务对象).

    The identity number can be missing, wrong or changed, so it is an attribute and never a key; ``id_hash`` finds it,
    by the whole number alone; ``initials`` names as they are typed in pinyin, ``name_sound`` those that sound alike
    (``pinyin.sound``; what may be the same woman is found by it, ``likeness``). ``id_core``, ``id_begin`` and ``id_end`` are held
    against each other, to find numbers that may be meant for the same one (``number_blocks``); nobody searches by them.
    A person found to be another one points to her (``canonical``) and keeps her own rows.

    ``confirmed``, here and in what is evidence about her (households, certificates, statuses): an approver has seen the row.
    One who may not approve changes such a row by a proposal only, and what is not confirmed makes no fact count as approved.
    """

    name = models.CharField(_("姓名"), max_length=64)
    name_key = models.CharField(max_length=64)
    initials = models.CharField(max_length=LENGTH, blank=True)
    name_sound = models.CharField(max_length=SOUND_LENGTH, blank=True)
    sex = models.CharField(_("性别"), max_length=1, choices=Sex.choices, default=Sex.UNKNOWN)
    birth_date = models.DateField(_("出生日期"), null=True)
    id_number = EncryptedTextField(_("身份证号"), purpose="person.id_number", null=True)
    id_hash = BlindField(purpose="person.id_number", of=("id_number",), max_length=33, null=True)
    id_core = BlindField(
        purpose="person.id_core", of=("id_number",), text=number_blocks.core, max_length=34, null=True
    )
    id_begin = BlindField(
        purpose="person.id_begin", of=("id_number",), text=number_blocks.begin, max_length=34, null=True
    )
    id_end = BlindField(
        purpose="person.id_end", of=("id_number",), text=number_blocks.end, max_length=34, null=True
    )
    phone = EncryptedTextField(_("联系电话"), purpose="person.phone", null=True)
    phone_hash = BlindField(purpose="person.phone", of=("phone",), max_length=33, null=True)
    address = EncryptedTextField(_("住址"), purpose="person.address", null=True)
    ethnicity = models.CharField(_("民族"), max_length=2, blank=True)
    marriage = models.CharField(_("婚姻状况"), max_length=2, blank=True)
    guardian = EncryptedTextField(_("监护人"), purpose="person.guardian", null=True)
    guardian_phone = EncryptedTextField(_("监护人电话"), purpose="person.guardian_phone", null=True)
    bank_account = EncryptedTextField(_("银行账号"), purpose="person.bank_account", null=True)
    head = EncryptedTextField(_("户主姓名"), purpose="person.head", null=True)
    relation = models.CharField(_("与户主关系"), max_length=2, choices=Relation.choices, blank=True)
    education = models.CharField(_("文化程度"), max_length=2, blank=True)
    hukou_kind = models.CharField(
        _("户口性质"), max_length=1, choices=HukouKind.choices, default=HukouKind.UNSTATED
    )
    hukou = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("户籍地")
    )
    home = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("居住地")
    )
    died_on = models.DateField(_("死亡日期"), null=True)
    # An index of those that point to another only: of one with everybody else in it SQLite thinks that it finds few.
    canonical = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="duplicates", db_index=False
    )
    confirmed = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("服务对象")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["id_hash"], condition=models.Q(canonical__isnull=True), name="person_id_once"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            # By its bytes, so that on PostgreSQL a name's beginning is found under any collation.
            models.Index(
                fields=["name_key", "birth_date"],
                name="person_name_birth",
                opclasses=["varchar_pattern_ops", "date_ops"],
            ),
            models.Index(fields=["name_sound", "birth_date"], name="person_sound_birth"),
            models.Index(fields=["birth_date"], name="person_birth"),
            # Few have no number, and those who have one are held against them alone.
            models.Index(
                fields=["birth_date"],
                condition=models.Q(id_hash__isnull=True),
                name="person_numberless_birth",
            ),
            models.Index(
                fields=["name_sound"],
                condition=models.Q(id_hash__isnull=True),
                name="person_numberless_sound",
            ),
            models.Index(fields=["phone_hash"], name="person_phone"),
            models.Index(fields=["initials"], name="person_initials"),
            models.Index(fields=["id"], condition=models.Q(confirmed=False), name="person_unconfirmed"),
            models.Index(
                fields=["canonical"], condition=models.Q(canonical__isnull=False), name="person_merged"
            ),
            models.Index(fields=["id_core"], name="person_id_core"),
            models.Index(fields=["id_begin", "name_key"], name="person_name_begin"),
            models.Index(fields=["id_end", "name_key"], name="person_name_end"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}{self.pk}"

    def save(self, *args: Any, **named: Any) -> None:
        """Keep the row, with how her name sounds: without it she would not be found again."""
        if not self.name_sound:
            self.name_sound = sound(self.name_key)
        super().save(*args, **named)


class HouseholdMember(models.Model):
    """Who belonged to which household, from a first day to a last one."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    begins = models.DateField(_("起"), null=True)
    ends = models.DateField(_("止"), null=True)
    confirmed = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("家庭成员")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person"], condition=models.Q(confirmed=False), name="member_unconfirmed")
        ]

    def __str__(self) -> str:
        return f"{self.household_id}/{self.person_id}"


class DeclinedHousehold(models.Model):
    """People of a township who were proposed as one household and are none: not proposed again until what was told of them is
    another. ``told`` is that (``household_proposals.told``), encrypted: it holds addresses."""

    region = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("乡镇街道")
    )
    told: EncryptedTextField[str, str] = EncryptedTextField(purpose="declined_household.told")
    declined_at = models.DateTimeField(_("认定时间"), auto_now_add=True)
    declined_by = models.CharField(_("认定人"), max_length=150)
    reason: EncryptedTextField[str, str] = EncryptedTextField(
        _("理由"), purpose="declined_household.reason", max_length=200
    )

    class Meta:
        verbose_name = _("不是一户的认定")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}{self.pk}"


class Certificate(models.Model):
    """A disability certificate through its time: a re-assessed or re-issued one is a new row of the same person.

    Valid on a day from ``issued_on`` to ``expires_on`` (ten years; null = not known, taken as valid) unless ``ended_on``, its
    last valid day, came first (reissued, cancelled, moved away, death). ``county`` is the federation that issued it and
    answers for her; where nothing says which one it is (``county_asked``), somebody has to, and what rests on the certificate
    waits.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="certificates", db_index=False)
    number = EncryptedTextField(_("残疾人证号"), purpose="certificate.number", null=True)
    number_hash = BlindField(
        purpose="certificate.number",
        of=("number",),
        text=itemgetter(slice(0, 20)),
        max_length=33,
        null=True,
        db_index=True,
    )
    category = models.CharField(_("残疾类别"), max_length=1, blank=True)
    grade = models.CharField(_("残疾等级"), max_length=1, blank=True)
    county = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("发证残联")
    )
    county_asked = models.BooleanField(default=False)
    issued_on = models.DateField(_("发证日期"), null=True)
    expires_on = models.DateField(_("有效期至"), null=True)
    ended_on = models.DateField(_("实际有效至"), null=True)
    end_reason = models.CharField(_("失效原因"), max_length=40, blank=True)
    confirmed = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("残疾人证")
        indexes: ClassVar[list[models.Index]] = [
            # Which one was valid on a day, and whose it is, is asked of every fact that counts: all of the answer.
            models.Index(
                fields=[
                    "person",
                    "-issued_on",
                    "-id",
                    "expires_on",
                    "ended_on",
                    "county",
                    "county_asked",
                    "confirmed",
                ],
                name="certificate_on_day",
            ),
            models.Index(
                fields=["person"], condition=models.Q(confirmed=False), name="certificate_unconfirmed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}{self.pk}"


class Status(models.Model):
    """A spell of being poor or under watch: which scheme, which category, from a first day to a last one, who says so."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="statuses")
    scheme = models.CharField(_("身份体系"), max_length=20, choices=Scheme.choices)
    category = models.CharField(_("类别"), max_length=20, choices=StatusCategory.choices)
    begins = models.DateField(_("起"), null=True)
    ends = models.DateField(_("止"), null=True)
    source = models.CharField(_("来源"), max_length=60, blank=True)
    confirmed = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("身份状态")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person", "scheme", "category"], name="status_person"),
            models.Index(fields=["person"], condition=models.Q(confirmed=False), name="status_unconfirmed"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme}/{self.category}"


class Doubt(models.Model):
    """Two records that may be of one woman: asked, never merged alone. ``one`` has the smaller key.

    The records are named by their keys alone: the question follows them, and never stands in the way of taking one back.
    ``why`` are codes of ``doubts.Why``, parted by spaces; what speaks for ``likely`` follows it (``+birth``).
    """

    class Answer(models.TextChoices):
        """What was found."""

        OPEN = "open", _("待核对")
        SAME = "same", _("是同一人")
        DIFFERENT = "different", _("不是同一人")

    one = models.BigIntegerField(_("一份登记"))
    other = models.BigIntegerField(_("另一份登记"), db_index=True)
    why = models.CharField(_("为什么"), max_length=60)
    found_at = models.DateTimeField(_("发现时间"), auto_now_add=True)
    answer = models.CharField(_("结果"), max_length=9, choices=Answer.choices, default=Answer.OPEN)
    answered_at = models.DateTimeField(_("认定时间"), null=True)
    answered_by = models.CharField(_("认定人"), max_length=150, blank=True)
    reason: EncryptedTextField[str, str] = EncryptedTextField(
        _("理由"), purpose="doubt.reason", max_length=200, blank=True
    )

    class Meta:
        verbose_name = _("疑似同一人")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["one", "other"], name="doubt_once")
        ]

    def __str__(self) -> str:
        return f"{self.one}/{self.other}: {self.answer}"


class RelocationList(models.Model):
    """A list (迁出名单) by which a county hands over women who move to another one.

    ``moved_on`` is the last day on which they are the old county's; from the day after they are the new one's.
    """

    origin = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("迁出区县")
    )
    destination = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("迁入区县")
    )
    moved_on = models.DateField(_("迁出日期"))
    reason: EncryptedTextField[str, str] = EncryptedTextField(
        _("依据"), purpose="relocation_list.reason", max_length=200
    )
    offered_by = models.CharField(_("迁出经办"), max_length=150)
    offered_at = models.DateTimeField(_("迁出时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("迁出名单")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}{self.pk}"


class Relocation(models.Model):
    """One woman on such a list: offered, then accepted or declined by the new county, or taken back by the old one."""

    class State(models.TextChoices):
        """How far it has come."""

        OFFERED = "offered", _("等对方接收")
        ACCEPTED = "accepted", _("已接收")
        DECLINED = "declined", _("对方未接收")
        TAKEN_BACK = "taken_back", _("已撤回")

    list = models.ForeignKey(RelocationList, on_delete=models.PROTECT, related_name="relocations")
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="relocations", verbose_name=_("服务对象")
    )
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OFFERED)
    place = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("迁入地")
    )
    answered_by = models.CharField(_("答复人"), max_length=150, blank=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    answer_reason: EncryptedTextField[str, str] = EncryptedTextField(
        _("答复"), purpose="relocation.answer_reason", max_length=200, blank=True
    )
    batch = models.ForeignKey("ledgers.Batch", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("迁移")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(state="offered"), name="relocation_offered_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.list_id}/{self.person_id}: {self.state}"


class Tie(models.Model):
    """A county that has to do with a person: it entered her or a fact about her. Whoever sees the county sees her."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="ties", db_index=False)
    region = models.ForeignKey("regions.Region", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("服务关系")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "region"], name="tie_once")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["region", "person"], name="tie_region")]

    def __str__(self) -> str:
        return f"{self.person_id}/{self.region_id}"
