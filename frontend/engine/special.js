// Special functions to about the last digit of a double.

const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);

export const normalPdf = (z) => Math.exp(-0.5 * z * z) / ROOT_TWO_PI;

// The probability above z >= 2 by the continued fraction of Mills' ratio (Laplace 1805):
// Q(z) = phi(z) / (z + 1/(z + 2/(z + 3/(z + ...)))).
function upperTail(z) {
  let fraction = z;
  for (let k = 150; k >= 1; k--) fraction = z + k / fraction;
  return normalPdf(z) / fraction;
}

// Phi(z) - 1/2 near 0: phi(z) (z + z^3/3 + z^5/15 + ...).
function fromCentre(z) {
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum); k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return normalPdf(z) * sum;
}

export function normalCdf(z) {
  if (z > 2) return 1 - upperTail(z);
  return z < -2 ? upperTail(-z) : 0.5 + fromCentre(z);
}

export const erf = (x) => {
  const z = x * Math.SQRT2;
  return Math.abs(z) < 2 ? 2 * fromCentre(z) : 1 - 2 * normalCdf(-z);
};

// The standard normal quantile: Hastings' approximation (Abramowitz and Stegun, 26.2.23), then
// Halley's steps on the tail that holds p.
export function normalQuantile(p) {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : NaN;
  if (p === 0.5) return 0;
  const tail = Math.min(p, 1 - p);
  const t = Math.sqrt(-2 * Math.log(tail));
  let z =
    (2.515517 + t * (0.802853 + t * 0.010328)) /
      (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) -
    t;
  for (let i = 0; i < 3; i++) {
    const newton = (normalCdf(z) - tail) / normalPdf(z);
    z -= newton / (1 + 0.5 * newton * z);
  }
  return p < 0.5 ? z : -z;
}

// The logarithm of the gamma function: Stirling's series, shifted to where it is exact.
export function logGamma(x) {
  let shift = 0;
  while (x < 15) shift -= Math.log(x++);
  const y = 1 / (x * x);
  const series = (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y / 1188)))) / x;
  return shift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}

// Nodes and weights of Gauss-Legendre quadrature on [0, 1].
export function gaussLegendre(n) {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 0;
    for (let step = 0; step < 20; step++) {
      let [before, value] = [1, x];
      for (let k = 2; k <= n; k++) {
        [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
      }
      slope = (n * (x * value - before)) / (x * x - 1);
      x -= value / slope;
    }
    nodes[n - 1 - i] = 0.5 * (1 + x);
    weights[n - 1 - i] = 1 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}
