"""Livelihoods: jobs, businesses and home work; what is done for graduates looking for one."""
