// A chart's values as uPlot wants them: one column of x, gaps, stacks, and the range of each axis.
// Every x with the values of all series; a series without that x has undefined there, which draws no gap.
const joined = (spec) => uPlot.join(spec.series.map((one) => {
  const xs = spec.xs[one.x];
  return [spec.x_kind === "percentile" ? xs.map(toTail) : xs, one.y];
}));

// Each series on top of those before it. Bars the other way round: the first is the tallest, and each one covers the one before.
const stacked = (spec, data, shown) => {
  const sums = data[0].map(() => 0), columns = data.slice(1).map(() => null);
  const order = columns.map((_, i) => spec.kind === "bar" ? columns.length - 1 - i : i);
  for (const i of order) columns[i] = data[i + 1].map((y, at) => shown[i] ? (sums[at] += y ?? 0) : null);
  return [data[0], ...columns];
};
const bands = (shown) => {
  const visible = shown.map((on, i) => on ? i + 1 : 0).filter((i) => i);
  return visible.slice(1).map((above, i) => ({ series: [above, visible[i]] }));
};

const range = (spec, right) => (plot, least, most) => {
  const values = (spec.thresholds || []).filter((line) => !!line.right === right).map((line) => line.value);
  let low = Math.min(least ?? Infinity, ...values), high = Math.max(most ?? -Infinity, ...values);
  if (!isFinite(low)) [low, high] = spec.log_y ? [1, 10] : [0, 1];
  if (spec.log_y && !right) {
    low = 10 ** Math.floor(Math.log10(Math.max(low, 1e-9)));
    high = 10 ** Math.ceil(Math.log10(Math.max(high, low * 10)));
  } else {
    low = Math.min(0, low * 1.05);
    high = high <= 0 && low < 0 ? 0 : high * 1.08 || 1;
  }
  return [(right ? spec.right_low : spec.low) ?? low, (right ? spec.right_high : spec.high) ?? high];
};

const xRange = (spec) => (plot, least, most) => {
  if (least == null) return spec.x_range || [0, 1];
  const all = plot.data[0], log = spec.x_kind === "log" || spec.x_kind === "percentile";
  const around = spec.x_kind === "time" ? 900 : 1;
  const everything = least === all[0] && (all.length === 1 || most === all[all.length - 1]);
  if (everything && spec.x_range) return spec.x_range;
  if (everything && all.length === 1) return log ? [all[0] / 2, all[0] * 2] : [all[0] - around, all[0] + around];
  const bar = spec.kind === "bar", last = all[all.length - 1], gaps = (all.length - 1) * 2;
  if (log) {
    const factor = bar && gaps ? (last / all[0]) ** (1 / gaps) : 1;
    return [least / factor, most * factor];
  }
  const step = bar && gaps ? (last - all[0]) / gaps : 0;
  return [least - step, most + step];
};
