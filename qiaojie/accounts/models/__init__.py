"""What is kept of agencies, posts and accounts, of signing in, keys, the access log and files taken out."""

from .access_keys import AccessKey, KeyUse
from .access_log import AccessEntry, AccessOpen, AccessSeal
from .agencies import OFFICES, Agency, AgencyName, Agreement, StandIn, WorkLine
from .contact import Contact
from .exports import Export
from .posts import Grant, Holding, Packet, Post, User
from .roles import ADMINISTRATORS, OUTSIDERS, Role
from .sign_in import CredentialChange, KnownDevice, PastPassword, Presence, SecondFactor, SignInFailures

__all__ = [
    "ADMINISTRATORS",
    "OFFICES",
    "OUTSIDERS",
    "AccessEntry",
    "AccessKey",
    "AccessOpen",
    "AccessSeal",
    "Agency",
    "AgencyName",
    "Agreement",
    "Contact",
    "CredentialChange",
    "Export",
    "Grant",
    "Holding",
    "KeyUse",
    "KnownDevice",
    "Packet",
    "PastPassword",
    "Post",
    "Presence",
    "Role",
    "SecondFactor",
    "SignInFailures",
    "StandIn",
    "User",
    "WorkLine",
]
