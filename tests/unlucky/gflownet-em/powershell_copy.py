# unlucky: PowerShell copied the text of the file, and wrote UTF-16 with Windows line ends.
# expect: full
# file: crlf
# file: utf16
