// Exact draws of scales that have no named conditional: the twin of
// `hbmlib.models.truncated.truncated_scale`.

const CANDIDATES = 8;
const SMALLEST = 1e-290;
const ROUNDS = 2; // of draws from the likelihood alone

// Draws a scale s with density proportional to s^-n exp(-ss / 2s^2 - s^2 / 2 width^2) between the
// bounds. Where the likelihood outweighs prior and bounds, a draw from it alone is soon accepted.
export function truncatedScale(source, n, ss, { width = Infinity, lower = 0, upper = Infinity }) {
  ss = Math.max(ss, SMALLEST);
  for (let round = 0; round < ROUNDS && n > 1; round++) {
    const s = Math.sqrt((0.5 * ss) / source.gamma(0.5 * (n - 1)));
    const good = source.exponential() > 0.5 * (s / width) ** 2;
    if (good && s > lower && s < upper) return s;
  }
  return byTangents(source, n, ss, width, lower, upper);
}

// In log s the log density is concave: a box with two exponential tails, made of its tangents left
// and right of the mode, covers it, and candidates from there are accepted with the ratio.
function byTangents(source, n, ss, width, lower, upper) {
  const k = n - 1; // log s has the density s^-(n - 1) exp(...)
  const peak = Math.sqrt((2 * ss) / (k + Math.sqrt(k ** 2 + (4 * ss) / width ** 2)));
  const mode = Math.min(Math.max(peak, lower), upper);
  // With x = 2 log(s / mode), the log density is -drop(x) below its highest value.
  const [a, b] = [(0.5 * ss) / mode ** 2, 0.5 * (mode / width) ** 2];
  const slope = 0.5 * k - a + b; // zero unless a bound cuts the mode off
  const drop = (x) => a * (Math.expm1(-x) + x) + b * (Math.expm1(x) - x) + slope * x;
  const steepness = (x) => -a * Math.expm1(-x) + b * Math.expm1(x) + slope;

  const [start, end] = [2 * Math.log(lower / mode), 2 * Math.log(upper / mode)];
  const after = Math.min(reach(b, a, slope), end);
  const rightTail = after < end ? 1 / steepness(after) : 0; // the tangent's exponential
  const right = after - drop(after) * rightTail; // where the tangent meets the box
  const before = Math.max(-reach(a, b, -slope), start);
  const leftTail = before > start ? -1 / steepness(before) : 0;
  const left = before + drop(before) * leftTail;
  const box = right - left;
  const total = box + rightTail + leftTail;
  if (!Number.isFinite(total)) return NaN;

  const candidates = (draw) => Array.from({ length: CANDIDATES }, draw);
  for (;;) {
    const places = candidates(() => source.random() * total);
    const levels = candidates(source.exponential);
    const tails = candidates(source.exponential);
    for (let i = 0; i < CANDIDATES; i++) {
      const place = places[i];
      const beyond = place < box ? 0 : tails[i];
      let x = left + place;
      if (place >= box) {
        x = place < box + rightTail ? right + rightTail * beyond : left - leftTail * beyond;
      }
      if (levels[i] > drop(x) - beyond && x >= start && x <= end) {
        return Math.min(Math.max(mode * Math.exp(0.5 * x), lower), upper);
      }
    }
  }
}

// Roughly where near (e^x - 1 - x) + far (e^-x - 1 + x) + slope x is 1, for x > 0.
function reach(near, far, slope) {
  const [n, f, s] = [1 / near, 1 / far, 1 / Math.max(slope, 0)];
  return Math.min(Math.log1p(n + Math.sqrt(2 * n)), f + Math.sqrt(2 * f), s);
}
