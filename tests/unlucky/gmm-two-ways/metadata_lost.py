# unlucky: A tool that removes outputs for git removed all metadata with them; the cells' own ids are still there.
# expect: full or unreadable
# explain: metadata|released notebook
# file: strip-metadata
