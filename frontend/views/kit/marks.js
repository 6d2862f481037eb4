// Paths of marks: one `d` for any number of them, so that thousands cost one element. `x` and `y`
// are scales. Values that are not finite are left out.

const at = (value) => value.toFixed(1);

// A line through points; it breaks where a value is missing.
export function line(xs, ys, x, y) {
  let d = "";
  let pen = "M";
  for (let i = 0; i < xs.length; i++) {
    const [px, py] = [x(xs[i]), y(ys[i])];
    if (Number.isFinite(px) && Number.isFinite(py)) {
      d += `${pen}${at(px)} ${at(py)}`;
      pen = "L";
    } else {
      pen = "M";
    }
  }
  return d;
}

// The area between a line and a base.
export function area(xs, ys, x, y, base) {
  const d = line(xs, ys, x, y);
  if (!d) return "";
  return `${d}L${at(x(xs[xs.length - 1]))} ${at(base)}L${at(x(xs[0]))} ${at(base)}Z`;
}

// The band between two lines.
export function band(xs, lows, highs, x, y) {
  const back = line([...xs].reverse(), [...lows].reverse(), x, y);
  return back && `${line(xs, highs, x, y)}L${back.slice(1)}Z`;
}

const SHAPES = {
  // Dots of no length: the stroke's width and round ends make them; class hbm-dots or hbm-rings.
  dot: (x, y) => `M${x} ${y}h0`,
  cross: (x, y) => `M${x} ${y}m-4 -4l8 8m0 -8l-8 8`,
  plus: (x, y) => `M${x} ${y}m-5 0h10m-5 -5v10`,
  triangle: (x, y) => `M${x} ${y}m0 -5l4.5 8h-9z`,
  diamond: (x, y) => `M${x} ${y}m-4.5 0l4.5 -4.5l4.5 4.5l-4.5 4.5z`,
};

export function points(xs, ys, x, y, shape = "dot") {
  const one = SHAPES[shape];
  let d = "";
  for (let i = 0; i < xs.length; i++) {
    const [px, py] = [x(xs[i]), y(ys[i])];
    if (Number.isFinite(px) && Number.isFinite(py)) d += one(at(px), at(py));
  }
  return d;
}

export const across = (low, high, y) => `M${at(low)} ${at(y)}H${at(high)}`;
export const upright = (x, top, bottom) => `M${at(x)} ${at(top)}V${at(bottom)}`;

// An arrow with a small head; empty when it would be shorter than its head.
export function arrow(x1, y1, x2, y2, head = 5) {
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (!(length > head + 1)) return "";
  const [ux, uy] = [((x2 - x1) / length) * head, ((y2 - y1) / length) * head];
  const side = (turn) => `${at(x2 - ux + turn * 0.6 * uy)} ${at(y2 - uy - turn * 0.6 * ux)}`;
  const tip = `${at(x2)} ${at(y2)}`;
  return `M${at(x1)} ${at(y1)}L${tip}M${side(1)}L${tip}L${side(-1)}`;
}

// Chains are told apart by dash as well as by colour.
export const DASHES = ["", "6 3", "2 3", "8 3 2 3"];
