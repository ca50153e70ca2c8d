// Numbers, units, moments and percentiles as text; slipway/plots/numbers.py writes numbers the same way.
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const trim = (value) => Number(value.toPrecision(4)).toString();
const number = (value) => {
  if (value == null || !isFinite(value)) return "–";
  const size = Math.abs(value);
  for (const [from, by, letter] of [[1e12, 1e12, "T"], [1e9, 1e9, "G"], [1e6, 1e6, "M"], [1e4, 1e3, "k"]])
    if (size >= from) return trim(value / by) + letter;
  return trim(value);
};
const withUnit = (value, unit) => number(value) + (value == null || !unit ? "" : unit === "%" ? "%" : " " + unit);
// A unit of several words stands beside the title only.
const short = (unit) => /^\S{1,5}$/.test(unit || "") ? unit : "";
const pad = (value) => String(value).padStart(2, "0");
const moment = (seconds) => {
  const at = new Date(seconds * 1000);
  return `${at.getUTCFullYear()}-${pad(at.getUTCMonth() + 1)}-${pad(at.getUTCDate())} ` +
    `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())} UTC`;
};
const toTail = (percent) => 100 / Math.max(100 - percent, 1e-4);
const percentile = (tail) => trimmed(100 - 100 / tail) + "%";
const trimmed = (value) => Number(value.toPrecision(7)).toString();
const xText = (spec, value) => value == null ? "–" : spec.x_kind === "time" ? moment(value)
  : spec.x_kind === "percentile" ? percentile(value) : withUnit(value, spec.x_unit);
