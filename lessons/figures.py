#@title Helpers of the figures
# Colours that colour-blind readers can tell apart (Okabe and Ito, 2008); each is combined with its own line style or marker.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = ("o", "s", "^", "D", "v", "P")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
GUESS = {"color": "#AA0077", "linestyle": (0, (2, 2)), "linewidth": 2, "label": "your guess"}
plt.rcParams.update({"figure.figsize": (7.5, 3.8), "figure.dpi": 100, "font.size": 10, "axes.spines.top": False,
                     "axes.spines.right": False, "legend.edgecolor": "none", "legend.framealpha": 0.9, "figure.constrained_layout.use": True})


def picture(**options):
    """The current figure as a base64 PNG of 256 colours, to keep it small; closes the figure."""
    drawn, small = io.BytesIO(), io.BytesIO()
    plt.gcf().savefig(drawn, format="png", **options)  # plt.savefig draws twice
    plt.close()
    Image.open(drawn).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return base64.b64encode(small.getvalue()).decode()


def show(description):
    """Display the current figure, with a description for readers who cannot see it."""
    png = picture(bbox_inches="tight")
    image = f'<img style="max-width: 100%" alt="{html.escape(description)}" src="data:image/png;base64,{png}">'
    display({"image/png": png, "text/html": image, "text/plain": description}, raw=True)


PLAYER = """<figure id="ID" aria-label="ABOUT" style="margin: 0; max-width: 760px">
<img style="max-width: 100%; background: white" alt="ABOUT LAST" src="data:image/png;base64,STILL">
<figcaption>LAST</figcaption>
</figure>
<script>(() => {
const figure = document.getElementById("ID"), frames = FRAMES, words = WORDS;
if (!figure || figure.querySelector("input")) return;
const image = figure.querySelector("img"), caption = figure.querySelector("figcaption"), bar = document.createElement("div");
const about = figure.getAttribute("aria-label"), slider = document.createElement("input");
let timer = null;
const at = () => Number(slider.value);
const go = k => {
  slider.value = Math.max(0, Math.min(frames.length - 1, k));
  image.src = "data:image/png;base64," + frames[at()];
  image.alt = about + " " + words[at()];
  slider.setAttribute("aria-valuetext", words[at()]);
  caption.setAttribute("aria-live", timer ? "off" : "polite");
  caption.textContent = words[at()];
};
const stop = () => { clearInterval(timer); timer = null; play.textContent = "Play"; };
const step = by => { stop(); go(at() + by); };
const button = (text, act) => {
  const made = document.createElement("button");
  made.type = "button"; made.textContent = text; made.onclick = act;
  made.dataset.lmSuppressShortcuts = true;  // Jupyter's shortcuts do not fire while this has the focus
  made.style.cssText = "font: inherit; min-width: 64px; min-height: 28px; cursor: pointer";
  bar.append(made);
  return made;
};
button("Back", () => step(-1));
const play = button("Play", () => {
  if (timer) return stop();
  if (at() === frames.length - 1) go(0);
  timer = setInterval(() => at() < frames.length - 1 ? go(at() + 1) : stop(), 600);
  play.textContent = "Pause";
});
button("Step", () => step(1));
play.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;
Object.assign(slider, {type: "range", min: 0, max: frames.length - 1, value: 0, oninput: () => step(0)});
slider.dataset.lmSuppressShortcuts = true;
slider.setAttribute("aria-label", "Frame");
slider.style.cssText = "flex: 1 1 140px; min-width: 100px; accent-color: #0072B2";
bar.style.cssText = "display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin: 6px 0";
bar.append(slider);
figure.onkeydown = event => {
  event.stopPropagation();
  const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
  if (by && event.target !== slider) step(by);
};
image.after(bar);
go(0);
})()</script>"""


def moving_figure(frames, said, description):
    """Display pictures as one figure with buttons and a slider. It needs no kernel, and shows the last picture if scripts are off."""
    parts = {"ID": f"moving-{zlib.crc32(''.join(frames).encode())}", "ABOUT": html.escape(description),
             "LAST": html.escape(said[-1]), "STILL": frames[-1], "FRAMES": json.dumps(frames),
             "WORDS": json.dumps(said).replace("<", "\\u003c")}
    page = re.sub(r"\b(ID|ABOUT|LAST|STILL|FRAMES|WORDS)\b", lambda match: parts[match[1]], PLAYER)
    display({"image/png": frames[-1], "text/html": page, "text/plain": f"{description} {said[-1]}"}, raw=True)


def progress(steps, what):
    """Iterate over the steps and print how many are done."""
    steps, began = list(steps), time.perf_counter()
    for done, step in enumerate(steps):
        print(f"\r{what}: {done} of {len(steps)}", end="", flush=True)
        yield step
    print(f"\r{what}: {len(steps)} of {len(steps)}, {time.perf_counter() - began:.0f} s", flush=True)


GUESSES = {}  # name of a guess -> (guess, result), for the table at the end


def guessed(name, like=0.0):
    """Your guess in the form of `like`, which is a number, several numbers or a word; None if there is no valid guess."""
    value = globals().get(name)
    if value is None or isinstance(like, str):
        return value if value is None else str(value).strip()
    try:
        numbers = np.asarray(value, dtype="float64")
    except (TypeError, ValueError):
        return None
    return numbers.tolist() if numbers.shape == np.shape(like) and np.all(np.isfinite(numbers)) else None


def draw_guess(axes, x=None, y=None, **style):
    """Draw a guess: a vertical line at x, a horizontal line at y, or a curve through both; nothing if there is no guess."""
    style = {**GUESS, **style}
    if x is not None and y is not None:
        axes.plot(x, y, marker="*", markersize=11, **style)
    elif x is not None:
        axes.axvline(x, **style)
    elif y is not None:
        axes.axhline(y, **style)


def compare_guess(name, result, why):
    """Show your guess next to the result, how far off it was, and why. Both are kept for the table at the end."""
    guess, shown = guessed(name, result), lambda value: value if isinstance(value, str) else ", ".join(f"{v:.4g}" for v in np.ravel(value))
    GUESSES[name] = ("none" if guess is None else shown(guess), shown(result))
    if guess is None:
        written = globals().get(name)
        empty = all(part is None for part in (written if isinstance(written, (tuple, list)) else [written]))
        wanted = "a word in quotes" if isinstance(result, str) else f"{np.size(result)} numbers" if np.ndim(result) else "a number"
        said = f"{'No guess yet.' if empty else f'{name} should be {wanted}.'} The result: {shown(result)}."
    elif isinstance(result, str):
        said = f"You guessed {result}: right." if guess.lower() == result.lower() else f"You guessed {guess}, and it is {result}."
    else:
        off = np.abs(np.subtract(guess, result))
        said = f"You guessed {shown(guess)}, and it is {shown(result)}: " + (f"off by {', '.join(f'{v:.{2 if v < 1 else 4}g}' for v in np.ravel(off))}." if np.any(off) else "right.")
    page = f'<p style="max-width: 50em"><b>{html.escape(said)}</b> Why: {html.escape(why)}</p>'
    display({"text/html": page, "text/plain": f"{said} Why: {why}"}, raw=True)


def print_guesses():
    """Print all guesses so far next to the results."""
    for name, (guess, result) in GUESSES.items():
        print(f"{name:24s} guess {guess:>22s}   result {result}")
