"""A course directory: collect, grade a class, record, report, hand back."""
