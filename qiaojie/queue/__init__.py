"""Work that goes on behind the screens: queued, claimed, watched, taken up again, cancelled."""
