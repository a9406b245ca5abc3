"""Pages as tests read them: the markup without the white space that only lays out its source."""

import re

from django.http import HttpResponse


def flat(page: HttpResponse | str) -> str:
    """The markup of a page with white space made one blank, and none at the inside or outside of a tag."""
    text = page if isinstance(page, str) else page.content.decode()
    return re.sub(r" ?(<|>) ?", r"\1", re.sub(r"\s+", " ", text))
