"""Kinds of findings in words: what all findings of one code have in common, for headings and counts."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.findings import Level
from qiaojie.lib.values import Label
from qiaojie.notices.forms import TableDef, field_of, ledger_of

from ..vocabulary.outcome import Issue

LEVELS: Mapping[Level, Label] = {Level.ERROR: _("错误"), Level.WARNING: _("警告"), Level.HINT: _("提示")}

KINDS: Mapping[str, Label] = {
    "account_chars": _("银行账号里有别的字符"),
    "account_checksum": _("银行卡号末位校验不对"),
    "account_length": _("银行账号位数不对"),
    "account_lost": _("银行账号被电子表格改坏"),
    "approval_again": _("已审核的记录有改动"),
    "birth_differs": _("出生日期与身份证号不一致"),
    "cell_error": _("单元格是公式错误"),
    "cell_mended": _("在计划中改过的格"),
    "certificate_category": _("残疾人证号的类别不对"),
    "certificate_changed": _("登记的残疾人证号不同"),
    "certificate_reissued": _("补办的残疾人证"),
    "certificate_chars": _("残疾人证号里有别的字符"),
    "certificate_checksum": _("残疾人证号校验位不符"),
    "certificate_differs": _("残疾人证号与身份证号不一致"),
    "certificate_date": _("残疾人证号里的出生日期不存在"),
    "certificate_grade": _("残疾人证号的等级不对"),
    "certificate_length": _("残疾人证号位数不对"),
    "certificate_lost": _("残疾人证号被电子表格改坏"),
    "certificate_taken": _("残疾人证号属于另一个人"),
    "choice_near": _("按最接近的一项读入"),
    "choice_unknown": _("不在可选范围内"),
    "credit_chars": _("社会信用代码里有别的字符"),
    "credit_checksum": _("社会信用代码校验位不符"),
    "credit_length": _("社会信用代码位数不对"),
    "credit_lost": _("社会信用代码被电子表格改坏"),
    "claim_differs": _("与台账计算的不同"),
    "column_missing": _("缺少一栏"),
    "choice_several": _("勾选了不止一项"),
    "date_counted": _("最后一天是按天数推算的"),
    "date_short_year": _("年份只写了两位"),
    "money_spoken": _("金额省去了最后的单位"),
    "month_is_span": _("只能填一个月"),
    "month_unreadable": _("不是月份"),
    "name_implausible": _("不是姓名"),
    "name_incomplete": _("姓名不完整"),
    "name_note": _("姓名旁写了别的内容"),
    "name_note_differs": _("姓名旁的内容与所在栏不同"),
    "name_note_read": _("姓名旁的内容读作了别的栏"),
    "name_several": _("一格里有几个人"),
    "phone_extension": _("没有保存分机号"),
    "rows_left_out": _("不是数据的行没有读入"),
    "year_of_others": _("年份按同一栏其他行读入"),
    "columns_of_form": _("在线表单自己加的栏"),
    "columns_not_ordered": _("没有通知要求收集的栏"),
    "columns_unread": _("没有读入的栏"),
    "columns_hidden": _("隐藏的栏也读入了"),
    "date_impossible": _("日期不存在"),
    "date_is_span": _("只能填一个日期"),
    "date_lost": _("日期被电子表格改坏"),
    "date_open": _("没有截止日期"),
    "date_order": _("结束早于开始"),
    "text_too_long": _("字数太多"),
    "after_death": _("在死亡日期之后"),
    "death_before_record": _("死亡以后还有记录"),
    "date_outside": _("日期不在本表的时段内"),
    "date_over_year": _("时间跨年"),
    "date_serial": _("日期写成了序号"),
    "date_unreadable": _("不是日期"),
    "date_without_day": _("日期没有写到日"),
    "date_without_year": _("日期没有年份"),
    "days_follow": _("别的记录的计数日期一起改"),
    "differs_in_file": _("同一个人或班前后说法不同"),
    "ditto_alone": _("“同上”上面没有内容"),
    "elsewhere_too": _("别处已有同类记录"),
    "form_other_version": _("可能是另一版的表"),
    "formula_without_value": _("公式没有计算结果"),
    "header_near": _("表头只是相近"),
    "header_remembered": _("照记住的表头对应读入"),
    "header_twice": _("两栏表头意思相同"),
    "id_address": _("身份证号地址码无效"),
    "id_centenarian": _("15位号码出生年份不能确定"),
    "id_chars": _("身份证号里有别的字符"),
    "id_checksum": _("身份证号校验位不符"),
    "id_date": _("身份证号里的出生日期不存在"),
    "id_from_certificate": _("采用了残疾人证中的号码"),
    "id_length": _("身份证号位数不对"),
    "id_lost": _("身份证号被电子表格改坏"),
    "id_missing": _("没有身份证号和残疾人证号"),
    "id_upgraded": _("15位号码升为18位"),
    "issuer_unknown": _("发证残联认不出"),
    "layout_unfolded": _("按一人一行读入的表"),
    "links_ignored": _("没有读取引用的其他文件"),
    "macros_ignored": _("文件里的宏没有运行"),
    "money_negative": _("金额是负数"),
    "money_own_unit": _("金额自带单位"),
    "money_rounded": _("金额四舍五入到分"),
    "money_too_large": _("金额太大"),
    "money_unit_unknown": _("金额单位不认识"),
    "money_unreadable": _("不是金额"),
    "name_chars": _("姓名里有别的字符"),
    "name_near": _("名称和另一个很像"),
    "name_settled": _("名称已经认定"),
    "name_differs": _("同一号码姓名不同"),
    "not_applicable": _("这类记录不填这一栏"),
    "number_approximate": _("写的是约数"),
    "number_negative": _("是负数"),
    "number_not_whole": _("不是整数"),
    "number_too_large": _("数太大"),
    "number_unreadable": _("不是一个数"),
    "ordinal_unreadable": _("序号不是数字"),
    "other_agency": _("其他区县可能填过，没有改动"),
    "other_table": _("还有另一张表没有读入"),
    "part_exceeds_whole": _("其中数大于总数"),
    "percent_doubtful": _("没有写百分号"),
    "percent_unreadable": _("不是百分数"),
    "person_confirmed": _("已确认是登记的人"),
    "person_elsewhere": _("可能是其他区县登记的人"),
    "person_in_file": _("可能与另一行是同一个人"),
    "person_likely": _("可能是已登记的人"),
    "person_new": _("已确认是新的人"),
    "person_vague": _("除姓名外什么都没有"),
    "phone_chars": _("电话号码里有别的字符"),
    "phone_length": _("电话号码位数或号段不对"),
    "phone_lost": _("电话号码被电子表格改坏"),
    "phone_several": _("一格里有几个电话"),
    "phone_without_area": _("座机没有区号"),
    "referred_differs": _("登记的与这里的不同"),
    "referred_several": _("看不出是哪一个"),
    "referred_unknown": _("没有登记过"),
    "reference_kept": _("所引用的记录没有随表改"),
    "region_ambiguous": _("地名不止一处"),
    "region_beside": _("区域归属不能确定"),
    "region_by_title": _("按标题中的区县认作"),
    "region_differs": _("表头的单位与导入时选的不同"),
    "region_finer": _("地名写到了村组"),
    "region_unknown": _("地名不认识"),
    "required": _("缺少必填项"),
    "rows_hidden": _("隐藏的行也读入了"),
    "sex_differs": _("性别与身份证号不一致"),
    "sheet_hidden": _("隐藏的工作表没有读入"),
    "source_kind": _("来源种类不符"),
    "source_missing": _("没有写明凭证来源"),
    "standing_changed": _("台账里已有的班、基地等被改动"),
    "stated_for_all": _("整张表都是同一个值"),
    "table_below": _("下面像是另一张表"),
    "tick_twice": _("几栏只能勾选一栏"),
    "total_differs": _("合计与各行相加不同"),
    "twice_in_file": _("本表内重复"),
    "unit_differs": _("表头单位与本表不同"),
    "word_not_in_force": _("这一天不能选的词"),
    "yes_no_unreadable": _("看不出是还是否"),
}

_OTHER: Label = _("其他问题")
"""For a code that a version of the program made which is no longer there."""

_CLAUSE_ENDS = re.compile("[，；：。,;:.]")


def title(issue: Issue, table: TableDef) -> str:
    """The words for the kind of a finding: those of its code; of a limit that a ledger or table declares, the part of its
    sentence that speaks of no single row. Never the sentence that a row was told: it may tell of a person."""
    known = KINDS.get(issue.code)
    if known is not None:
        return str(known)
    limit = next((limit for limit in table.limits if limit.code == issue.code), None)
    if limit is None:
        return str(_OTHER)
    clauses = [part.strip() for part in _CLAUSE_ENDS.split(str(limit.words))]
    told = next((part for part in clauses if part and "{" not in part), "")
    return told or gettext("“%s”不合要求") % field_of(ledger_of(table.ledger), limit.field).label
