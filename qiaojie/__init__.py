"""Qiaojie 巧姐: a programme's records entered once, and every number, form and decision computed from them."""
