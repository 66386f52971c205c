"""What a hostile student would write into a notebook, so that the page of its reader runs or fetches it.

Whatever runs sets `window.ran`, and whatever is fetched comes from the host evil.invalid.
"""

import base64

import nbformat

RUN = "window.ran=1"
HOST = "evil.invalid"
AT = f"http://{HOST}/"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}"><script>{RUN}</script></svg>'
PAGE = f"<script>{RUN};parent.ran=1;top.ran=1</script>"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def encoded(text):
    return base64.b64encode(text.encode()).decode()


MARKDOWN = {
    "script": f"<script>{RUN}</script>",
    "script of another host": f'<script src="{AT}a.js"></script>',
    "script in a tag": f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    "script after a paragraph": f"<p>one\n\n<script>{RUN}</script>\n\ntwo</p>",
    "handler": f'<img src="x" onerror="{RUN}">',
    "handler without quotes": f"<img/src=x/onerror={RUN}>",
    "handler in odd case": f"<IMG SRC=x oNeRrOr={RUN}>",
    "handler on any tag": f'<b onmouseover="{RUN}" style="position:fixed;inset:0">hover</b>',
    "handler of an animation":
        f'<style>@keyframes x{{}}</style><b style="animation-name:x" onanimationstart="{RUN}"></b>',
    "handler that focuses": f'<input autofocus onfocus="{RUN}"><details open ontoggle="{RUN}">a</details>',
    "broken quotes": f'<img alt="`><img src=x onerror={RUN}>">',
    "title that ends early": f'[x](http://a.b "t\\"><img src=x onerror={RUN}>")',
    "noscript": f'<noscript><p title="</noscript><img src=x onerror={RUN}>"></noscript>',
    "mathml":
        f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={RUN}&gt;">',
    "template": f"<template><script>{RUN}</script></template><xmp><img src=x onerror={RUN}></xmp>",
    "comment": f"<!--><img src=x onerror={RUN}>-->",
    "textarea": f"<textarea></textarea><img src=x onerror={RUN}></textarea>",
    "svg": SVG,
    "link": f"[x](javascript:{RUN})",
    "link with entities": f"[x](java&#115;cript&colon;{RUN})",
    "link with white space": f'<a href="java\tscript:{RUN}">x</a> <a href=" &#1; javascript:{RUN}">x</a>',
    "link in odd case": f"<JAVASCRIPT:{RUN}> [x](JaVaScRiPt:{RUN}) [x](vbscript:msgbox(1))",
    "link to data": f"[x](data:text/html;base64,{encoded(PAGE)})",
    "reference link": f"[x][y]\n\n[y]: javascript:{RUN}",
    "link in a map": f'<map name="m"><area shape="default" href="javascript:{RUN}"></map><img usemap="#m">',
    "link to the reader's Jupyter": "[x](/formgrader?path=/tmp) <a href='../../tree' ping='/a'>y</a>",
    "form": f'<form action="javascript:{RUN}"><button formaction="{AT}">x</button></form>',
    "frame": f'<iframe src="{AT}f"></iframe><iframe srcdoc="{PAGE}"></iframe><frameset onload={RUN}>',
    "object": f'<object data="data:text/html;base64,{encoded(PAGE)}"></object><embed src="{AT}e">',
    "picture of another host": f"![x]({AT}a.png) ![y][z]\n\n[z]: //{HOST}/b.png",
    "pictures in other ways": f'<picture><source srcset="{AT}c.png"><img srcset="{AT}d.png 1x"></picture>',
    "picture that is svg": f"![x](data:image/svg+xml;base64,{encoded(SVG)})",
    "background":
        f'<table background="{AT}g.png"><tr><td style="background:url({AT}h.png)">x</td></tr></table>',
    "style": f"<style>@import '{AT}i.css'; body {{ background: url({AT}j.png); display: none }}</style>",
    "stylesheet": f'<link rel="stylesheet" href="{AT}k.css"><link rel="prefetch" href="{AT}l">',
    "video": f'<video src="{AT}m" poster="{AT}n" autoplay></video><audio src="{AT}o"></audio>',
    "refresh": f'<meta http-equiv="refresh" content="0;url={AT}p">',
    "base": f'<base href="{AT}"><script src="q.js"></script>',
    "the page's own elements":
        '<input id="test_mstep" class="score"><div id="statusmessage" data-link="x"></div>',
    "closing tags": f"</div></div></div></div></div></body></html><script>{RUN}</script>",
    "mermaid": f"```mermaid\n<script>{RUN}</script>\n```",
    "code of another language": f'```"><script>{RUN}</script>\nx\n```',
    "heading": f'# <img src=x onerror="{RUN}"> "><script>{RUN}</script>',
    "math": f"$<img src=x onerror={RUN}>$ $$</p><script>{RUN}</script>$$",
    "link in math": rf"$\href{{javascript:{RUN}}}{{x}}$ $\mmlToken{{mi}}[href='javascript:{RUN}']{{x}}$",
    "link in math in pieces":
        rf"$\hr<i></i>ef{{javascript:{RUN}}}{{x}}$ $\hr&#101;f{{javascript:{RUN}}}{{y}}$",
    "math in an environment": rf"\begin{{a}}<img src=x onerror={RUN}>\href{{javascript:{RUN}}}{{x}}\end{{a}}",
    "missing attachment": "![x](attachment:none.png)",
    "attachment": "![x](attachment:a.png) ![y](attachment:b.png) ![z](attachment:c.png)",
    "deep nesting": "<div>" * 3000,
    "very long": f"{'a' * 60_000}<script>{RUN}</script>",
}  # fmt: skip

OUTPUTS = [
    {"text/html": f"<script>{RUN}</script><img src=x onerror={RUN}>", "text/plain": f"<img onerror={RUN}>"},
    {"text/html": PAGE},
    {"image/svg+xml": SVG},
    {"application/javascript": RUN},
    {"text/markdown": f"<script>{RUN}</script> [x](javascript:{RUN})"},
    {"text/latex": rf"$\href{{javascript:{RUN}}}{{x}}$<script>{RUN}</script>"},
    {"text/vnd.mermaid": f"<script>{RUN}</script>"},
    {"image/png": f'x"><script>{RUN}</script>'},
    {"image/jpeg": f"x' onerror='{RUN}"},
    {"image/png": PNG},
    {"application/vnd.jupyter.widget-view+json": {"model_id": "m"}},
    {"application/x-unknown": f"<script>{RUN}</script>"},
]

ATTACHMENTS = {
    "a.png": {"image/png": f'"><script>{RUN}</script>'},
    "b.png": {"image/svg+xml": encoded(SVG)},
    "c.png": {"image/png": PNG},
}


def cells():
    """Cells of a notebook that tries all of this."""
    about = {"tags": [f'"><script>{RUN}</script>'], "alt": f'"><img src=x onerror={RUN}>'}
    output = nbformat.v4.new_output
    outputs = [
        *(output("display_data", data, metadata={"text/html": {"isolated": True}}) for data in OUTPUTS),
        output("execute_result", OUTPUTS[0], metadata={"image/png": {"width": f'"><script>{RUN}</script>'}}),
        output("stream", name="stdout", text=f"\x1b[31m<script>{RUN}</script>"),
        output("error", ename="<b>", evalue="x", traceback=[f"<script>{RUN}</script>"]),
    ]
    code = f"%%html\n<script>{RUN}</script>\"'><img src=x onerror={RUN}>"
    hostile = [
        nbformat.v4.new_markdown_cell(text, attachments=ATTACHMENTS, metadata=about)
        for text in MARKDOWN.values()
    ]
    return [
        *hostile,
        nbformat.v4.new_code_cell(code, outputs=outputs, metadata={**about, "magics_language": "html"}),
        nbformat.v4.new_raw_cell(f"<script>{RUN}</script>"),
        nbformat.v4.new_raw_cell(f"<script>{RUN}</script>", metadata={"raw_mimetype": "text/html"}),
        nbformat.v4.new_markdown_cell(
            "x",
            metadata={"nbgrader": {"grade_id": f'"><script>{RUN}</script>', "grade": True, "solution": True,
                                   "points": f"<script>{RUN}</script>"}},
        ),
    ]  # fmt: skip


def notebook():
    """The hostile notebook, with metadata that templates show."""
    made = nbformat.v4.new_notebook(cells=cells())
    made.metadata = nbformat.from_dict({
        "title": f"</title><script>{RUN}</script>",
        "language_info": {"name": "python", "pygments_lexer": f'"><script>{RUN}</script>'},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"m": f"</script><script>{RUN}"}}},
    })  # fmt: skip
    return made
