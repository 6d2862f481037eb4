// The trapezoidal rule for a density of three coordinates with one peak: a lattice is flooded from
// the peak outwards, as far as the density is not negligible.

const DROP = 20; // density below exp(-DROP) of its peak is left out
const STEP = 0.9; // times the distance at which the log density has fallen by a half
const LARGEST = 0.35; // step
const ROUGH = 1e-3; // the error of every other point: that of all points is about its square
const MAX_NODES = 2e5;
const WIDE = 2 ** 20; // of a key's parts

// `axes` are those of exact/axis.js; `part(k, u)` gives {value, log} of one coordinate, and
// `joint(a, b, c)` the log likelihood of three values, leaving what else it knows in `joint.given`.
// Returns {steps, index: three arrays, values: three arrays, weight, given: objects, error}.
export function flood(axes, part, joint, start) {
  const log = (u) => {
    const [a, b, c] = u.map((x, k) => part(k, x));
    return a.log + b.log + c.log + joint(a.value, b.value, c.value);
  };
  const peak = climb(log, axes, start);
  const steps = axes.map((_, k) => Math.min(STEP * width(log, peak, k), LARGEST));
  for (;;) {
    const nodes = fill(axes, part, joint, peak, steps);
    const errors = halves(nodes);
    const worst = Math.max(...errors);
    if (!(worst > ROUGH) || nodes.weight.length > MAX_NODES / 4) {
      return { ...nodes, steps, error: worst ** 2 };
    }
    errors.forEach((error, k) => {
      if (error > ROUGH) steps[k] *= 0.75;
    });
  }
}

const moved = (u, k, value) => u.map((v, i) => (i === k ? value : v));

// Walks uphill along each axis in turn, with steps that grow on success and shrink on failure.
function climb(log, axes, start) {
  let u = start;
  let here = log(u);
  const steps = [0.5, 0.5, 0.5];
  for (let round = 0; round < 60 && Math.max(...steps.map(Math.abs)) > 0.02; round++) {
    for (let k = 0; k < 3; k++) {
      const next = axes[k].even ? Math.abs(u[k] + steps[k]) : u[k] + steps[k];
      const there = log(moved(u, k, next));
      if (there > here) {
        [u, here] = [moved(u, k, next), there];
        steps[k] *= 1.6;
      } else {
        steps[k] *= -0.5;
      }
    }
  }
  return u;
}

// How far from the peak the log density has fallen by a half, on the nearer side.
function width(log, peak, k) {
  const level = log(peak) - 0.5;
  const reach = (sign) => {
    const above = (far) => log(moved(peak, k, peak[k] + sign * far)) > level;
    let [near, far] = [0, 0.01];
    while (far < 20 && above(far)) [near, far] = [far, 2 * far];
    for (let i = 0; i < 4; i++) {
      const middle = 0.5 * (near + far);
      if (above(middle)) near = middle;
      else far = middle;
    }
    return far;
  };
  return Math.min(reach(1), reach(-1));
}

// Visits lines of the lattice along the last axis, then the lines beside each that is not dry.
function fill(axes, part, joint, peak, steps) {
  const parts = steps.map((step, k) => remember((i) => part(k, i * step)));
  const index = [[], [], []];
  const given = Array.from(joint.given, () => []);
  const logs = [];
  let top = -Infinity;

  const look = (i, j, k) => {
    const [a, b, c] = [parts[0](i), parts[1](j), parts[2](k)];
    const log = a.log + b.log + c.log + joint(a.value, b.value, c.value);
    if (log > top) top = log;
    if (log > top - DROP) {
      index[0].push(i);
      index[1].push(j);
      index[2].push(k);
      // An even axis carries half the weight at 0.
      const halved = (axes[0].even && i === 0) + (axes[1].even && j === 0);
      logs.push(log - halved * Math.LN2);
      for (let g = 0; g < given.length; g++) given[g].push(joint.given[g]);
    }
    return log;
  };
  const scan = (i, j, from) => {
    const start = look(i, j, from);
    let [best, highest] = [from, start];
    for (const side of [1, -1]) {
      for (let k = from + side, before = start; ; k += side) {
        const log = look(i, j, k);
        if (log > highest) [best, highest] = [k, log];
        if (!(log > top - DROP || log > before)) break;
        before = log;
      }
    }
    return highest > top - DROP ? best : null;
  };

  const origin = peak.map((u, k) => Math.round(u / steps[k]));
  const waiting = [origin];
  const seen = new Set([origin[0] * WIDE + origin[1]]);
  while (waiting.length > 0) {
    const [i, j, from] = waiting.pop();
    const best = scan(i, j, from);
    if (logs.length > MAX_NODES) {
      throw new RangeError("The quadrature is too wide here. Check the scales and priors.");
    }
    if (best === null) continue;
    for (const [a, b] of [[i - 1, j], [i + 1, j], [i, j - 1], [i, j + 1]]) {
      if ((axes[0].even && a < 0) || (axes[1].even && b < 0) || seen.has(a * WIDE + b)) continue;
      seen.add(a * WIDE + b);
      waiting.push([a, b, best]);
    }
  }
  if (!(top > -Infinity)) {
    throw new RangeError("The posterior must have a density above 0; got none. Check the priors.");
  }
  const weight = Float64Array.from(logs, (log) => Math.exp(log - top));
  const total = weight.reduce((sum, w) => sum + w, 0);
  const values = index.map((along, k) => Float64Array.from(along, (i) => parts[k](i).value));
  return { index, values, weight: weight.map((w) => w / total), given };
}

function remember(make) {
  const known = new Map();
  return (i) => {
    if (!known.has(i)) known.set(i, make(i));
    return known.get(i);
  };
}

// The error of the mass when every other point along each axis is left out.
const halves = ({ index, weight }) =>
  index.map((along) => {
    let even = 0;
    for (let n = 0; n < along.length; n++) if (along[n] % 2 === 0) even += weight[n];
    return Math.abs(2 * even - 1);
  });
