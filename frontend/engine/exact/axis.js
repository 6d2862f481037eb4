// Coordinates in which the trapezoidal rule converges exponentially, as in `hbmlib/exact/_axis.py`:
// s = c sinh(x) "even", c exp(x) "log", c exp(x - exp(-x)) "stretched", with soft bounds.

const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const logCosh = (x) => Math.abs(x) + Math.log1p(Math.exp(-2 * Math.abs(x))) - Math.LN2;
const logSinh = (x) => Math.abs(x) + Math.log(-Math.expm1(-2 * Math.abs(x))) - Math.LN2;

export function axis(kind, unit, lower = 0, upper = Infinity) {
  const even = kind === "even";
  const stretched = kind === "stretched";
  const logUnit = Math.log(unit);
  const toX = (scale) => (even ? Math.asinh(scale / unit) : Math.log(scale / unit));
  const b = toX(upper);
  const a = even ? -b : toX(lower);
  const stretch = (u) => (stretched ? u - Math.exp(-u) : u);

  function clip(t) {
    if (b === Infinity) return t;
    if (a === -Infinity) return t - 0.5 * softplus(2 * (t - b));
    return a + 0.5 * (softplus(2 * (t - a)) - softplus(2 * (t - b)));
  }

  function value(u) {
    const x = clip(stretch(u));
    const scale = unit * (even ? Math.sinh(x) : Math.exp(x));
    return Math.min(Math.max(scale, lower), upper);
  }

  function logJacobian(u) {
    const t = stretch(u);
    const x = clip(t);
    let result = logUnit + (even ? logCosh(x) : x);
    if (stretched) result += Math.log1p(Math.exp(-u));
    if (b < Infinity) {
      result -= logCosh(t - b);
      result += a > -Infinity ? logSinh(b - a) - Math.LN2 - logCosh(t - a) : b - t - Math.LN2;
    }
    return result;
  }

  function inverse(scale) {
    const x = toX(Math.min(Math.max(scale, lower), upper));
    let t = x;
    if (b < Infinity) {
      t -= 0.5 * Math.log(-Math.expm1(-2 * (b - x)));
      if (a > -Infinity) t += 0.5 * Math.log(-Math.expm1(-2 * (x - a)));
    }
    if (!stretched || !Number.isFinite(t)) return t;
    let u = t > 0 ? t : -Math.log1p(-t);
    for (let i = 0; i < 8; i++) {
      const e = Math.exp(-u);
      u -= (u - e - t) / (1 + e);
    }
    return u;
  }

  return { kind, even, unit, lower, upper, bounds: [a, b], value, logJacobian, inverse };
}
