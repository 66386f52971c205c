"""Pages about results: pure functions of them."""
