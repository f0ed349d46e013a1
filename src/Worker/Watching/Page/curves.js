// The points of a metric of one run, and what is computed of them before they are drawn.

// Adds rows that came since, or puts all points anew. Points x, y; where a point stands for several rows: their mean m and number n.
export function merge(known, answer, series, window) {
  const fresh = { x: [], y: [], ...series };
  if (known && !known.window && answer.first > 0 && answer.first === known.rows && answer.generation === known.generation) {
    const joined = key => [...known[key], ...fresh[key]];
    const means = curve => curve.m ?? curve.y;
    const counts = curve => curve.n ?? curve.y.map(() => 1);
    const several = known.m || fresh.m
      ? { m: [...means(known), ...means(fresh)], n: [...counts(known), ...counts(fresh)] }
      : {};
    return { ...known, x: joined("x"), y: joined("y"), ...several, rows: answer.rows };
  }
  return { ...fresh, rows: answer.rows, generation: answer.generation, window };
}

// The exponential mean, without its bias towards zero. A point that stands for n rows weighs as much as they do.
export function smooth(curve, weight) {
  const means = curve.m ?? curve.y;
  let mean = 0, total = 0;
  return means.map((value, i) => {
    if (value === null) {
      [mean, total] = [0, 0];
      return null;
    }
    const kept = weight ** (curve.n ? curve.n[i] : 1);
    mean = kept * mean + (1 - kept) * value;
    total = kept * total + (1 - kept);
    return mean / total;
  });
}

// The value of a curve that never decreases, between its points.
export function at(curve, step) {
  const { x, y } = curve;
  if (x.length === 0) return step;
  let low = 0, high = x.length - 1;
  if (step <= x[0]) return y[0] ?? step;
  if (step >= x[high]) return y[high] ?? step;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= step) low = middle; else high = middle;
  }
  const [from, to] = [y[low] ?? y[high], y[high] ?? y[low]];
  return from + (to - from) * (step - x[low]) / (x[high] - x[low] || 1);
}

// The reverse: where it reaches a value.
export const where = (curve, value) => {
  const points = curve.y.map((y, i) => [y, curve.x[i]]).filter(([y]) => y !== null);
  return at({ x: points.map(([y]) => y), y: points.map(([, x]) => x) }, value);
};
