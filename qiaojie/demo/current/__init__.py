"""What the demo has of the present year: a notice of its own and work that lies around the day on which it is loaded.

Nothing here touches what is told of former years: it is made after them, from random numbers of its own, of people who are there.
"""
