"""What the operating system refuses, in words: its own are English, whatever language the machine speaks."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

_WORDS: Final[Mapping[int, str]] = {
    errno.ENOENT: N_("没有这个文件或文件夹"),
    errno.EACCES: N_("没有权限"),
    errno.EPERM: N_("不允许这样做"),
    errno.EEXIST: N_("已经有了"),
    errno.EISDIR: N_("这是文件夹，不是文件"),
    errno.ENOTDIR: N_("中间有一段不是文件夹"),
    errno.ENOSPC: N_("磁盘满了"),
    errno.EDQUOT: N_("超过了给本账号的空间"),
    errno.EFBIG: N_("文件太大"),
    errno.EROFS: N_("磁盘是只读的"),
    errno.ENAMETOOLONG: N_("文件名太长"),
    errno.EIO: N_("磁盘读写出错"),
    errno.EBUSY: N_("正在被占用"),
    errno.EADDRINUSE: N_("端口已被占用"),
    errno.EADDRNOTAVAIL: N_("本机没有这个地址"),
    errno.ETIMEDOUT: N_("太久没有应答"),
    errno.ECONNREFUSED: N_("对方没有接受连接"),
    errno.EHOSTUNREACH: N_("连不到那台电脑"),
    errno.ENETUNREACH: N_("网络不通"),
}


def why(error: OSError | ValueError) -> str:
    """Why a file or a connection is refused. What has no words here is told as the system, or Python, says it."""
    if isinstance(error, OSError):
        told = _WORDS.get(error.errno or 0)
        return _(told) if told else error.strerror or type(error).__name__
    return str(error)
