"""Screens: the desk for staff. They ask queries and services and show the answer; they decide nothing."""
