// Draws the charts of a page of slipway.plots with uPlot: hover, zoom, legend, themes, and the table of values when it is opened.
const specs = JSON.parse(document.getElementById("data").textContent);

// Points that have no neighbour would be invisible in a line.
const lonely = (plot, index, shown) => {
  if (shown) return null;
  const ys = plot.data[index], known = [];
  const before = (at) => { while (at >= 0 && ys[at] === undefined) at--; return at < 0 ? null : ys[at]; };
  const after = (at) => { while (at < ys.length && ys[at] === undefined) at++; return at >= ys.length ? null : ys[at]; };
  for (let at = 0; at < ys.length; at++)
    if (ys[at] != null && before(at - 1) == null && after(at + 1) == null) known.push(at);
  return known.length ? known : null;
};

const paths = (spec) => spec.kind === "bar" ? uPlot.paths.bars({ size: [0.85, 80] })
  : spec.kind === "step" ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear();

// At the end of the plot a series shows its newest value, wherever that is.
const valueAt = (ys, at) => {
  if (at === ys.length - 1) while (at > 0 && ys[at] == null) at--;
  return ys[at];
};
// Without a hand over the plot the legend shows the newest values.
const showNewest = (plot) => {
  if (plot.legend.idx == null && plot.data[0].length) plot.setLegend({ idx: plot.data[0].length - 1 });
};

const seriesOf = (spec, raw) => spec.series.map((one, i) => {
  const color = one.color || css(`--s${i % 10}`), bar = spec.kind === "bar";
  const filled = bar || spec.stacked || one.fill, opacity = !bar ? "40" : spec.stacked ? "" : "c0";
  const unit = short(one.right ? spec.right_unit : spec.unit);
  return {
    label: one.label, scale: one.right ? "r" : "y", stroke: color, width: bar ? 0 : 1.75, paths: paths(spec),
    fill: filled ? color + opacity : undefined, dash: i >= 10 ? [6, 3] : undefined,
    points: bar ? { show: false } : { size: 5, fill: color, filter: lonely },
    value: (plot, _, __, at) => at == null ? "–" : withUnit(valueAt(raw[i + 1], at), unit),
  };
});

// 24 hours, UTC; the day stands below the first label and below each new day.
const timeLabels = (plot, splits, axis, space, step) => {
  let day = "";
  return splits.map((seconds) => {
    const text = moment(seconds), today = text.slice(0, 10);
    if (step >= 86400) return today;
    const clock = text.slice(11, step < 60 ? 19 : 16), label = today === day ? clock : `${clock}\n${today}`;
    day = today;
    return label;
  });
};

const axesOf = (spec) => {
  const line = { stroke: css("--grid"), width: 1 };
  const common = { stroke: css("--dim"), font: "12px system-ui, sans-serif", grid: line, ticks: line };
  const wide = (plot, values) => 22 + 7.5 * Math.max(1, ...(values || []).map((text) => (text || "").length));
  const x = { ...common, space: 60 };
  if (spec.x_kind === "time") x.values = timeLabels;
  if (spec.x_kind === "number") x.values = (plot, at) => at.map((value) => withUnit(value, spec.x_unit));
  if (spec.x_kind === "log") x.values = (plot, at) => at.map((value) => value == null ? "" : number(value));
  const decade = (value) => value && Math.abs(Math.log10(value) % 1) < 1e-9;
  if (spec.x_kind === "percentile") x.values = (plot, at) => at.map((value) => decade(value) ? percentile(value) : "");
  const labels = (plot, at) => at.map((value) => value == null ? "" : number(value));
  const axes = [x, { ...common, scale: "y", size: wide, values: labels }];
  const right = { ...common, scale: "r", side: 1, size: wide, values: labels, grid: { show: false } };
  if (spec.series.some((one) => one.right)) axes.push(right);
  return axes;
};

const legendKeys = (plot) => plot.root.querySelectorAll(".u-legend tr.u-series").forEach((row, i) => {
  if (!i) return;
  row.tabIndex = 0;
  row.setAttribute("role", "button");
  row.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    plot.setSeries(i, { show: !plot.series[i].show });
  });
});

const draw = (spec, place) => {
  const raw = joined(spec), shown = spec.series.map(() => true);
  const log = spec.x_kind === "log" || spec.x_kind === "percentile";
  const xSeries = { label: { time: "Time", percentile: "Percentile" }[spec.x_kind] || "at", value: (plot, value) => xText(spec, value) };
  const options = {
    width: place.clientWidth, height: spec.height, series: [xSeries, ...seriesOf(spec, raw)],
    axes: axesOf(spec), bands: spec.stacked && spec.kind !== "bar" ? bands(shown) : undefined,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: {
      x: { time: spec.x_kind === "time", distr: log ? 3 : 1, range: xRange(spec) },
      y: { distr: spec.log_y ? 3 : 1, range: range(spec, false) }, r: { range: range(spec, true) },
    },
    cursor: { points: { size: 7 }, sync: spec.x_kind === "time" ? { key: "time", setSeries: false } : undefined, drag: { x: true, y: false } },
    hooks: { draw: [drawLines(spec)], ready: [legendKeys, showNewest], setLegend: [showNewest] },
  };
  if (spec.stacked) options.hooks.setSeries = [(plot, index, change) => {
    if (index == null || change.show == null) return;
    shown[index - 1] = change.show;
    plot.delBand(null);
    if (spec.kind !== "bar") bands(shown).forEach((band) => plot.addBand(band));
    plot.setData(stacked(spec, raw, shown));
  }];
  return new uPlot(options, spec.stacked ? stacked(spec, raw, shown) : raw, place);
};

// The single values, made when somebody asks for them.
const fillTable = (spec, details) => {
  if (details.querySelector(".all")) return;
  const box = document.createElement("div"), table = document.createElement("table");
  box.className = "all";
  const row = (cells, tag) => {
    const line = document.createElement("tr");
    cells.forEach((text) => line.appendChild(Object.assign(document.createElement(tag), { textContent: text })));
    return line;
  };
  const head = table.createTHead(), body = table.createTBody(), data = joined(spec);
  head.appendChild(row([spec.x_kind === "time" ? "time" : spec.x_unit || "x", ...spec.series.map((one) => one.label)], "th"));
  data[0].forEach((x, at) => body.appendChild(row([xText(spec, x), ...data.slice(1).map((ys) => number(ys[at]))], "td")));
  box.appendChild(table);
  details.appendChild(box);
};

const plots = [];
const start = (place) => {
  const index = Number(place.dataset.chart), spec = specs[index];
  if (!spec.series.some((one) => one.y.some((y) => y != null))) return;
  plots[index] = draw(spec, place);
  place.dataset.drawn = "yes";
};
const places = [...document.querySelectorAll(".plot")];
places.forEach(start);
places.forEach((place) => {
  const details = place.parentElement.querySelector("details.values"), spec = specs[Number(place.dataset.chart)];
  details?.addEventListener("toggle", () => details.open && fillTable(spec, details));
});
const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => {
  const plot = plots[Number(target.dataset.chart)];
  const width = target.clientWidth;
  if (plot && width && plot.width !== width) plot.setSize({ width, height: plot.height });
}));
places.forEach((place) => sizes.observe(place));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => places.forEach((place) => {
  const plot = plots[Number(place.dataset.chart)];
  if (plot) { plot.destroy(); start(place); }
}));
