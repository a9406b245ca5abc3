"""Persons, their households, certificates and statuses through time; who is who."""
