// Contours of a function given on a grid, by marching squares with linear interpolation.

// `z[i * xs.length + k]` is the value at (xs[k], ys[i]). Gives the segments of one level as a path;
// `x` and `y` are scales.
export function contour(xs, ys, z, level, x, y) {
  const columns = xs.length;
  let d = "";
  const mix = (a, b, u, v) => u + ((level - a) / (b - a)) * (v - u);
  for (let i = 0; i + 1 < ys.length; i++) {
    for (let k = 0; k + 1 < columns; k++) {
      const from = i * columns + k;
      const [a, b, c, e] = [z[from], z[from + 1], z[from + columns + 1], z[from + columns]];
      const key = (a > level) + 2 * (b > level) + 4 * (c > level) + 8 * (e > level);
      if (key === 0 || key === 15 || !Number.isFinite(a + b + c + e)) continue;
      const sides = {
        n: () => [mix(a, b, xs[k], xs[k + 1]), ys[i]],
        r: () => [xs[k + 1], mix(b, c, ys[i], ys[i + 1])],
        s: () => [mix(e, c, xs[k], xs[k + 1]), ys[i + 1]],
        l: () => [xs[k], mix(a, e, ys[i], ys[i + 1])],
      };
      const saddle = (a + b + c + e) / 4 > level;
      for (const [p, q] of pairs(key, saddle)) {
        const [[px, py], [qx, qy]] = [sides[p](), sides[q]()];
        d += `M${x(px).toFixed(1)} ${y(py).toFixed(1)}L${x(qx).toFixed(1)} ${y(qy).toFixed(1)}`;
      }
    }
  }
  return d;
}

function pairs(key, saddle) {
  switch (key) {
    case 1: case 14: return ["ln"];
    case 2: case 13: return ["nr"];
    case 3: case 12: return ["lr"];
    case 4: case 11: return ["rs"];
    case 6: case 9: return ["ns"];
    case 7: case 8: return ["ls"];
    case 5: return saddle ? ["ls", "nr"] : ["ln", "rs"];
    default: return saddle ? ["ln", "rs"] : ["ls", "nr"];
  }
}

// The log densities above which the given shares of the mass lie, for a log density on an even
// grid whose cells are alike.
export function levels(logDensity, shares) {
  const top = logDensity.reduce((most, value) => Math.max(most, value), -Infinity);
  const sorted = Float64Array.from(logDensity, (value) => value - top).sort().reverse();
  let total = 0;
  for (const value of sorted) total += Math.exp(value);
  const found = [];
  let sum = 0;
  let i = 0;
  for (const share of shares) {
    while (i < sorted.length - 1 && sum + Math.exp(sorted[i]) < share * total) {
      sum += Math.exp(sorted[i]);
      i += 1;
    }
    found.push(top + sorted[i]);
  }
  return found;
}
