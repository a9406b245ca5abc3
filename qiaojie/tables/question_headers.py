"""Headers as online forms export them (问卷星, 腾讯文档, 金山表单): numbered questions, addressed to whoever fills them in.

Number, address and remark say how the question is put, never what it asks: 3、您的身份证号码（18位）： asks for the 身份证号码.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(
    r"(?:第?[q问]?\d{1,3}题?[、.:)\]](?!\d)|[q第]\d{1,3}题?|\(\d{1,3}\)|\([一二三四五六七八九十]{1,3}\)|\[\d{1,3}\]"
    r"|[一二三四五六七八九十]{1,3}[、.])[*※]?"
)
_VERB = r"(?:如实|准确|认真|详细)?(?:填写|输入|填入|选择|填报|上传|提供|写出|勾选|填)?(?:一下|下)?"
_ADDRESS = re.compile(
    rf"(?:(?:请问|请您|请(?!假)){_VERB}(?:您|你|本人|学员)?的?|{_VERB}(?:您|你)的?|(?:学员|本人)的)"
    r"(?:(?:目前|现在|现|此次|这次|本次)?所?(?:参加|报名|就读|上|在|属|从事)(?:过)?的)?"
)
_REMARK = re.compile(
    r"[(\[]"
    r"(?:(?:为|是)?(?:非)?必[填选答]项?|必须填写|[选可]填项?|单选题?|多选题?|填空题?|下拉题?|单项选择|多项选择|问答题?|自动|矩阵题?"
    r"|(?:共|需|应为|限|须为)?\d{1,2}位(?:数字?|号码|字符)?(?:号码)?|请[^()\[\]]{0,20}|[如例][:如][^()\[\]]{0,24}|格式[^()\[\]]{0,24}"
    r"|下拉选择|点选|手填|没有(?:的)?(?:可)?(?:不填|填无)|无则不填|[^()\[\]]{0,8}(?:不填|填无|可不填)"
    r"|(?:是|有|男|对)(?:[/、]|或)(?:否|无|没有|女|错))"
    r"[)\]]"
)
_END = re.compile(r"(?:是什么|是多少|是)?[?!。.;,、:]+$|(?:是什么|是多少)$")

OF_THE_FORM = frozenset(
    (
        "提交时间 提交答卷时间 答卷提交时间 填写时间 填表时间 开始填写时间 答题时间 答题时长 答题用时 填写时长 "
        "所用时间 用时 来源 来源详情 来源渠道 来自ip ip ip地址 "
        "总分 得分 答题序号 答卷编号 "
        "答卷序号 答卷id 提交者 提交人 提交人昵称 填写人 填写者 填写id 修改时间 更新时间 最后修改时间 "
        "创建时间 "
        "创建人 微信昵称 昵称 用户id openid 浏览器 设备 操作系统 答题设备 数据来源 "
        "审核状态 打印状态 "
        "开始答题时间 结束答题时间 自定义字段 清洗数据结果 智能评分 ip省份 ip城市 "
        "提交地址 提交ip "
    ).split()
)
"""Columns, by their keys, that such a form adds of itself: when and from where an answer came."""

COUNTING = frozenset("序号 编号 行号 no no. 序 № 顺序号 序列 id 序列号".split())
"""Columns that only number the rows."""


_LETTER = re.compile(r"^(?:选项)?[a-z0-9]{1,2}[.、)]")


def option(key: str, name: str) -> str:
    """Of a column for one answer (是否结业（A.是）) the answer, as headers are compared; '' for a key that does not begin with
    the question's."""
    if not name or key == name or not key.startswith(name):
        return ""
    return _LETTER.sub("", key[len(name) :].strip("()[]:-_")).strip("()[]")


def asked(key: str) -> str:
    """What a header's key asks for, without number, address and remark of an online form; the key itself where nothing of it
    would be left."""
    rest = _NUMBER.sub("", key, count=1) if _NUMBER.match(key) else key
    told = _ADDRESS.match(rest)
    if told is not None and len(rest) > len(told[0]) + 1:
        rest = rest[told.end() :]
    rest = _END.sub("", _REMARK.sub("", rest).rstrip("*※"))
    return rest or key
