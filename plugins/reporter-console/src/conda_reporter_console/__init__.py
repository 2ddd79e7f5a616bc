"""Text for people: tables, plans, progress, questions."""
