// Linear and logarithmic scales, and round tick values.

export function linear([from, to], [start, end]) {
  const slope = (end - start) / (to - from || 1);
  return (value) => start + (value - from) * slope;
}

export function logarithmic([from, to], range) {
  const along = linear([Math.log(from), Math.log(to)], range);
  return (value) => along(Math.log(value));
}

// Powers of ten inside a range, with 2 and 5 times them where there is room for about `count`.
export function logTicks([from, to], count) {
  const [low, high] = [Math.floor(Math.log10(from)), Math.ceil(Math.log10(to))];
  const among = (steps) => {
    const values = [];
    for (let power = low; power <= high; power++) {
      for (const step of steps) {
        const value = Number(`${step}e${power}`);
        if (value >= from * (1 - 1e-9) && value <= to * (1 + 1e-9)) values.push(value);
      }
    }
    return values;
  };
  const fitting = [[1, 2, 5], [1, 3], [1]].map(among).find((values) => values.length <= count);
  if (fitting) return fitting;
  const powers = among([1]);
  return powers.filter((_, i) => i % Math.ceil(powers.length / Math.max(count, 1)) === 0);
}

// Round steps of 1, 2 or 5 times a power of ten, about `count` of them.
export function ticks([from, to], count) {
  const rough = (to - from) / Math.max(count, 1);
  if (!(rough > 0) || !Number.isFinite(rough)) return [from];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= 0.75 * rough);
  const values = [];
  for (let k = Math.ceil(from / step - 1e-9); k * step <= to + step * 1e-9; k++) {
    values.push(Number((k * step).toPrecision(12)));
  }
  return values;
}

// Keeps a domain still while it serves, so that a drag does not move the axis: it grows when the
// values leave it and shrinks only when they fill less than half of it.
export function steady(domain, [low, high]) {
  const pad = 0.04 * (high - low) || Math.max(Math.abs(high) * 0.05, 1e-3);
  const wanted = [low - pad, high + pad];
  if (!domain) return wanted;
  const roomy = high - low < 0.5 * (domain[1] - domain[0]);
  return low < domain[0] || high > domain[1] || roomy ? wanted : domain;
}

export function format(value, digits = 2) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const text = value !== 0 && size < 0.5 * 10 ** -digits
    ? size < 1e-4 ? value.toExponential(1) : String(Number(value.toPrecision(2)))
    : value.toFixed(digits);
  return text.replaceAll("-", "−");
}

// A tick of a logarithmic axis needs no other to be read.
export const logLabel = (value) =>
  (value < 1e-3 || value >= 1e5 ? value.toExponential(0).replace("e+", "e") : String(value))
    .replaceAll("-", "−");

// As many decimals as tell neighbouring ticks apart.
export function tickLabels(values) {
  const step = values.length > 1 ? values[1] - values[0] : 1;
  if (Math.max(...values.map(Math.abs)) < 1e-3) {
    return values.map((value) => (value === 0 ? "0" : value.toExponential(0).replaceAll("-", "−")));
  }
  const digits = Math.min(Math.max(Math.ceil(-Math.log10(step) - 1e-9), 0), 12);
  return values.map((value) => value.toFixed(digits).replace("-", "−"));
}
