def write(page, kept): pass
