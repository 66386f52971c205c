"""A term: from the platform's zip to the platform's column.

`roster` and `collect` bring students and their notebooks into a course directory, `lateness` says what a
late one loses, `giveback` fills in the platform's own file. Nothing here runs or judges a notebook.
"""
