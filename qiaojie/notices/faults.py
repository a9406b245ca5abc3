"""What is wrong in a notice folder: as of every folder of data."""

from qiaojie.folders.faults import Fault

__all__ = ["Fault"]
