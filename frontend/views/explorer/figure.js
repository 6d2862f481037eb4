// The main figure: one row a group, with its size on a slider, its estimates and its weight.

import { say, show, svg, write } from "../dom.js";
import { format, linear, steady, tickLabels, ticks } from "../scale.js";

const WIDE = 560;
const TOP = 24;
const BOTTOM = 40;
const Z50 = 0.6744897501960817;
const Z90 = 1.6448536269514722;

// Where things stand at a given width. On a narrow screen the slider gets a line of its own.
function layout(width, J) {
  const narrow = width < WIDE;
  const weight = 62;
  if (narrow) {
    const plot = [8, width - 8];
    const track = [64, Math.min(width - 64 - weight - 34, 220) + 64];
    const row = 58;
    return { narrow, row, plot, track, weight: width - weight, line: 14, estimates: 40, width, J };
  }
  const track = [60, 166];
  const plot = [218, width - weight - 18];
  return { narrow, row: 32, plot, track, weight: width - weight, line: 16, estimates: 16, width, J };
}

function makeRow() {
  const parts = {
    label: svg("text", { class: "hbm-label", x: 0 }),
    free: svg("line", { class: "hbm-track hbm-faint" }),
    filled: svg("line", { class: "hbm-track" }),
    hit: svg("rect", { class: "hbm-hit", height: 28, y: -14 }),
    grip: svg("circle", { class: "hbm-grip", r: 7 }),
    ring: svg("circle", { class: "hbm-ring", r: 12 }),
    count: svg("text", { class: "hbm-count" }),
    own90: svg("path", { class: "hbm-own hbm-90" }),
    own50: svg("path", { class: "hbm-own hbm-50" }),
    partial90: svg("path", { class: "hbm-partial hbm-90" }),
    partial50: svg("path", { class: "hbm-partial hbm-50" }),
    arrow: svg("path", { class: "hbm-arrow" }),
    own: svg("circle", { class: "hbm-own hbm-hollow", r: 4.5 }),
    partial: svg("circle", { class: "hbm-partial hbm-filled", r: 4.5 }),
    target: svg("path", { class: "hbm-truth" }),
    draws: svg("path", { class: "hbm-draws" }),
    back: svg("rect", { class: "hbm-bar-back", height: 5 }),
    bar: svg("rect", { class: "hbm-bar", height: 5 }),
    lambda: svg("text", { class: "hbm-count" }),
  };
  const { free, filled, hit, ring, grip } = parts;
  const slider = svg("g", {
    class: "hbm-slider",
    role: "slider",
    tabindex: 0,
    "aria-orientation": "horizontal",
    "data-lm-suppress-shortcuts": "true",
  }, hit, free, filled, ring, grip);
  const rest = Object.values(parts).filter((node) => node.parentNode !== slider);
  const clipped = ["own90", "own50", "partial90", "partial50", "arrow", "own", "partial", "target",
    "draws"].map((key) => parts[key]);
  const estimates = svg("g", { "aria-hidden": "true" }, ...clipped);
  const others = rest.filter((node) => !clipped.includes(node));
  for (const node of others) node.setAttribute("aria-hidden", "true");
  return { node: svg("g", {}, ...others, slider, estimates), slider, estimates, ...parts };
}

const across = (low, high, y) => `M${low.toFixed(1)} ${y}H${high.toFixed(1)}`;
const cross = (x, y) => `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`;
const plus = (x, y) => `M${x - 5} ${y}h10m-5 -5v10`;
const diamond = (x, y) => `M${x - 4} ${y}l4 -4l4 4l-4 4z`;

function arrowPath(x1, y1, x2, y2) {
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (length < 16) return "";
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [sx, sy, ex, ey] = [x1 + 5 * ux, y1 + 5 * uy, x2 - 5.5 * ux, y2 - 5.5 * uy];
  const head = (side) => `${(ex - 5 * ux + side * 3 * uy).toFixed(1)} ${(ey - 5 * uy - side * 3 * ux).toFixed(1)}`;
  return `M${sx.toFixed(1)} ${sy.toFixed(1)}L${ex.toFixed(1)} ${ey.toFixed(1)}M${head(1)}L${ex.toFixed(1)} ${ey.toFixed(1)}L${head(-1)}`;
}

// `onSize(j, n)` is called when a handle moves; `signal` removes every listener.
export function makeFigure({ onSize, signal }) {
  const grid = svg("g", { class: "hbm-grid", "aria-hidden": "true" });
  const axis = svg("g", { class: "hbm-axis", "aria-hidden": "true" });
  const heads = svg("g", { class: "hbm-heads", "aria-hidden": "true" });
  const pooled = svg("path", { class: "hbm-complete", "aria-hidden": "true" });
  const body = svg("g");
  const node = svg("svg", { class: "hbm-figure", role: "group" }, grid, pooled, heads, body, axis);
  let rows = [];
  let place = null;
  let domain = null;
  let most = [];
  let drawn = "";

  function arrange(width, J) {
    while (rows.length < J) {
      rows.push(makeRow());
      body.append(rows.at(-1).node);
    }
    while (rows.length > J) rows.pop().node.remove();
    place = layout(width, J);
    const height = TOP + J * place.row + BOTTOM;
    write(node, "width", width);
    write(node, "height", height);
    write(node, "viewBox", `0 0 ${width} ${height}`);
    rows.forEach((row, j) => arrangeRow(row, j));
    drawHeads();
    drawn = "";
  }

  function arrangeRow(row, j) {
    const { line, estimates, track, weight } = place;
    write(row.node, "transform", `translate(0 ${TOP + j * place.row})`);
    write(row.slider, "data-group", j);
    write(row.slider, "transform", `translate(0 ${line})`);
    write(row.estimates, "transform", `translate(0 ${estimates})`);
    write(row.label, "y", line + 4);
    for (const key of ["free", "filled"]) write(row[key], "x1", track[0]);
    write(row.hit, "x", track[0] - 12);
    write(row.hit, "width", track[1] - track[0] + 24);
    for (const key of ["count", "lambda"]) write(row[key], "y", line + 4);
    write(row.count, "x", track[1] + 14);
    write(row.lambda, "x", weight + 32);
    for (const key of ["back", "bar"]) {
      write(row[key], "x", weight);
      write(row[key], "y", line - 2.5);
    }
    write(row.back, "width", 26);
  }

  function drawHeads() {
    const { track, weight } = place;
    const head = (x, text, anchor) => svg("text", { x, y: 12, "text-anchor": anchor }, text);
    heads.replaceChildren(
      head(0, "group", "start"),
      head(track[0], "size n", "start"),
      head(weight, "weight λ", "start"),
    );
  }

  // A line down all rows; on a narrow screen it leaves out the lines of the sliders.
  function upright(x) {
    const bottom = TOP + place.J * place.row;
    if (!place.narrow) return `M${x.toFixed(1)} ${TOP - 4}V${bottom}`;
    return rows
      .map((_, j) => `M${x.toFixed(1)} ${TOP + j * place.row + 26}v${place.row - 28}`)
      .join("");
  }

  function drawAxis(title, complete) {
    const x = linear(domain, place.plot);
    const bottom = TOP + place.J * place.row;
    const key = [domain, title, place.width, place.J].join();
    if (key !== drawn) {
      drawn = key;
      const values = ticks(domain, (place.plot[1] - place.plot[0]) / 70);
      const labels = tickLabels(values);
      grid.replaceChildren(
        ...values.map((v) => svg("path", { d: upright(x(v)) })),
      );
      axis.replaceChildren(
        svg("path", { d: across(...place.plot, bottom) }),
        ...values.map((v, k) =>
          svg("text", { x: x(v).toFixed(1), y: bottom + 16 }, labels[k]),
        ),
        svg("text", { x: (place.plot[0] + place.plot[1]) / 2, y: bottom + 34 }, title),
      );
    }
    write(pooled, "d", upright(x(complete)));
    return x;
  }

  function paintRow(row, j, { state, data, result, overlay }, x) {
    const n = result.groups.n[j];
    const label = data.labels[j];
    const { track, plot } = place;
    const at = linear([0, Math.max(...most)], track)(n).toFixed(1);
    const end = linear([0, Math.max(...most)], track)(most[j]).toFixed(1);
    say(row.label, label);
    say(row.count, String(n));
    write(row.free, "x2", end);
    write(row.filled, "x2", at);
    write(row.grip, "cx", at);
    write(row.ring, "cx", at);
    write(row.slider, "aria-label", `Observations in group ${label}`);
    write(row.slider, "aria-valuemin", 0);
    write(row.slider, "aria-valuemax", most[j]);
    write(row.slider, "aria-valuenow", n);
    const weight = result.shrinkage[j];
    write(row.slider, "aria-valuetext", `${n} of ${most[j]}, weight ${format(weight)}`);
    write(row.bar, "width", (26 * weight).toFixed(1));
    say(row.lambda, format(weight));

    const clamp = (v) => Math.min(Math.max(x(v), plot[0]), plot[1]);
    const [q5, q25, , q75, q95] = result.theta.map((q) => clamp(q[j]));
    // Under a flat prior an empty group's estimate may have quantiles but no mean.
    const hasMean = Number.isFinite(result.partial[j]);
    const middle = hasMean ? clamp(result.partial[j]) : 0;
    show(row.partial, hasMean);
    write(row.partial90, "d", across(q5, q95, 6));
    write(row.partial50, "d", across(q25, q75, 6));
    write(row.partial, "cx", middle.toFixed(1));
    write(row.partial, "cy", 6);
    const seen = n > 0;
    for (const key of ["own", "own50", "own90"]) show(row[key], seen);
    show(row.arrow, seen && hasMean);
    if (seen) {
      const mean = result.groups.mean[j];
      const sd = result.plugInSigma / Math.sqrt(n);
      write(row.own90, "d", across(clamp(mean - Z90 * sd), clamp(mean + Z90 * sd), -6));
      write(row.own50, "d", across(clamp(mean - Z50 * sd), clamp(mean + Z50 * sd), -6));
      write(row.own, "cx", clamp(mean).toFixed(1));
      write(row.own, "cy", -6);
      write(row.arrow, "d", arrowPath(clamp(mean), -6, middle, 6));
    }
    const mark = state.preset === "hsb" ? plus : cross;
    write(row.target, "d", mark(Number(clamp(data.target[j]).toFixed(1)), 0));
    show(row.draws, overlay);
    if (overlay) {
      const [low, high] = [overlay.low[j], overlay.high[j]].map(clamp);
      const centre = Number(clamp(overlay.mean[j]).toFixed(1));
      write(row.draws, "d", `${across(low, high, 12)}${diamond(centre, 12)}`);
    }
  }

  function extent({ data, result }) {
    let [low, high] = [Infinity, -Infinity];
    const include = (v) => {
      if (v < low) low = v;
      if (v > high) high = v;
    };
    include(result.complete);
    for (let j = 0; j < data.labels.length; j++) {
      const n = result.groups.n[j];
      include(data.target[j]);
      include(result.theta[0][j]);
      include(result.theta[4][j]);
      if (n > 0) {
        include(result.groups.mean[j] - (Z90 * result.plugInSigma) / Math.sqrt(n));
        include(result.groups.mean[j] + (Z90 * result.plugInSigma) / Math.sqrt(n));
      }
    }
    return [low, high];
  }

  function paint(shown, width) {
    const J = shown.data.labels.length;
    if (!place || place.width !== width || place.J !== J) arrange(width, J);
    most = shown.most;
    domain = steady(domain, extent(shown));
    const x = drawAxis(shown.title, shown.result.complete);
    rows.forEach((row, j) => paintRow(row, j, shown, x));
  }

  function sizeAt(slider, clientX) {
    const [start, end] = place.track;
    const j = Number(slider.dataset.group);
    const x = ((clientX - node.getBoundingClientRect().left) * place.width) / node.clientWidth;
    const n = Math.round(linear([start, end], [0, Math.max(...most)])(x));
    return [j, Math.min(Math.max(n, 0), most[j])];
  }

  const sliderOf = (event) => event.target.closest?.("[role=slider]");
  let dragged = null;
  node.addEventListener("pointerdown", (event) => {
    const slider = sliderOf(event);
    if (!slider || event.button !== 0) return;
    dragged = slider;
    slider.focus({ preventScroll: true });
    slider.setPointerCapture(event.pointerId);
    onSize(...sizeAt(slider, event.clientX));
    event.preventDefault();
  }, { signal });
  node.addEventListener("pointermove", (event) => {
    if (dragged) onSize(...sizeAt(dragged, event.clientX));
  }, { signal });
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) {
    node.addEventListener(type, () => (dragged = null), { signal });
  }
  node.addEventListener("keydown", (event) => {
    const slider = sliderOf(event);
    if (!slider || event.altKey || event.ctrlKey || event.metaKey) return;
    const j = Number(slider.dataset.group);
    const n = Number(slider.getAttribute("aria-valuenow"));
    const wanted = step(event.key, n, most[j]);
    if (wanted === null) return;
    event.preventDefault();
    event.stopPropagation();
    onSize(j, wanted);
  }, { signal });

  return { node, paint };
}

const MOVES = new Map([
  ["ArrowRight", 1],
  ["ArrowUp", 1],
  ["ArrowLeft", -1],
  ["ArrowDown", -1],
  ["PageUp", 5],
  ["PageDown", -5],
  ["Home", -Infinity],
  ["End", Infinity],
]);

// The size that a key leads to; null for a key that is not the slider's.
export function step(key, n, most) {
  if (!MOVES.has(key)) return null;
  return Math.min(Math.max(n + MOVES.get(key), 0), most);
}
