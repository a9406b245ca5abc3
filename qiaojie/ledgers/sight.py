"""How a personal field is shown to whom: decided here, and nowhere else, for every list, page, file, message and condition.

What is registered of a person, and what somebody says of her by handing it in, are two questions. Outside the offices
nothing is told that is registered from elsewhere; what somebody wrote into a file or a box they know already, and there
only the mask applies, for others look at the same page.
"""

from __future__ import annotations

from dataclasses import replace

from .declaration import Field, Grouping, Ledger
from .viewer import Personal, Sight, Viewer


def registered(ledger: Ledger, field: Field, viewer: Viewer) -> Sight:
    """How a field of a ledger's rows is shown, wherever its value stands by now: in the row, in the journal, beside
    another system's value."""
    if viewer.outside and not told_outside(ledger, field):
        return Sight.HIDDEN
    return handed_in(field, viewer)


def coarsened(ledger: Ledger, field: Field, viewer: Viewer) -> Field:
    """A field as a list asks for it: where its value is masked and something coarser may be told (the county of a place), that
    is read in its stead, and the value itself never."""
    if field.coarse is None or registered(ledger, field, viewer) is not Sight.MASKED:
        return field
    return replace(
        field, expression=field.coarse, path="", until="", personal=Personal.NONE, coarse=None, choices={}
    )


def sought(ledger: Ledger, field: Field, viewer: Viewer) -> bool:
    """Whether rows may be sought, narrowed or sorted by a field: what is hidden or masked would be told by trying."""
    return registered(ledger, field, viewer) is Sight.WHOLE


def seeks_people(viewer: Viewer) -> bool:
    """Whether somebody may look for persons at all: to whom names are masked, nobody is to be found by anything."""
    return viewer.sight(Personal.NAME) is Sight.WHOLE


def sees_places(viewer: Viewer) -> bool:
    """Whether somebody is told where people are registered and live closer than their county."""
    return viewer.sight(Personal.PLACE) is Sight.WHOLE


def handed_in(field: Field, viewer: Viewer) -> Sight:
    """How a value is shown that stands in a file or in what was typed, before it is a row's."""
    return Sight.WHOLE if field.personal is Personal.NONE else viewer.sight(field.personal)


def replaced(field: Field, viewer: Viewer, *, foreign: bool) -> Sight:
    """How a registered value is shown that a file would replace. ``foreign``: of a person of other counties, of whom nothing
    personal is told whole. Outside the offices it is not told that there is one."""
    if viewer.outside:
        return Sight.HIDDEN
    seen = handed_in(field, viewer)
    return Sight.MASKED if foreign and seen is Sight.WHOLE else seen


def grouped(grouping: Grouping, viewer: Viewer) -> bool:
    """Whether rows may be parted this way for somebody: not by what is hidden or masked, for the groups would tell it."""
    return grouping.personal is Personal.NONE or viewer.sight(grouping.personal) is Sight.WHOLE


def told_outside(ledger: Ledger, field: Field) -> bool:
    """Whether somebody outside the offices is shown a field of a row that their own agency entered: what the row itself says,
    and the person's name. What is registered of her from elsewhere, or worked out, is not theirs to know."""
    if field.expression is not None:
        return field.told
    return (
        field.told
        or field.personal is Personal.NAME
        or (ledger.approved and not field.name.startswith("person."))
    )


def every_kind(viewer: Viewer) -> tuple[Sight, ...]:
    """How each kind of personal data is shown: who sees all of them alike sees the same pages."""
    return tuple(viewer.sight(personal) for personal in Personal if personal is not Personal.NONE)


def everything_whole(viewer: Viewer) -> bool:
    """Whether no personal data is masked: only then is a cell shown of which nobody has said what it holds."""
    return all(seen is Sight.WHOLE for seen in every_kind(viewer))
