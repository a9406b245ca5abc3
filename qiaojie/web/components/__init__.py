"""Parts that pages are built from: what a value looks like on its way to a target, tiles, bars, filters, pagers."""
