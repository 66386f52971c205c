# unlucky: An editor saved the file in Windows-1252, with question marks for what that lacks.
# expect: full or unreadable
# explain: UTF-8|utf-8|encoding
# file: cp1252
