"""What machines that watch over the installation ask: whether it lives, and figures without anybody in them."""

from typing import Final

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which the library of figures knows the folder in which the processes of one server add up what each has
counted. It is looked at when the library is first imported, so whoever starts the processes sets it before."""
