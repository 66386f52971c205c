# unlucky: The last cell uses names of Python for its own numbers: list, sum, max, str, map, id, vars.
# expect: full
# %% last
list, max, min, all, any = [3, 1, 2], 3, 1, True, False
str, vars, globals, type, id, dir = "text", {}, {"g": 9.81}, "A", 7, "/tmp"
map, filter, object, input, sum, hash = "map of Tübingen", None, "lamp", data, 0.0, "#"
print(list, max, min)
