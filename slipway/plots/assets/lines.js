// Horizontal and vertical lines with their labels.
const drawLines = (spec) => (plot) => {
  const { ctx, bbox } = plot, ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.lineWidth = ratio;
  ctx.setLineDash([5 * ratio, 4 * ratio]);
  for (const line of spec.thresholds || []) {
    const y = plot.valToPos(line.value, line.right ? "r" : "y", true);
    ctx.strokeStyle = ctx.fillStyle = line.color || css("--bad");
    if (line.fill) {
      ctx.globalAlpha = 0.1;
      line.fill === "above" ? ctx.fillRect(bbox.left, bbox.top, bbox.width, y - bbox.top)
        : ctx.fillRect(bbox.left, y, bbox.width, bbox.top + bbox.height - y);
      ctx.globalAlpha = 1;
    }
    stroke(ctx, bbox.left, y, bbox.left + bbox.width, y);
    ctx.fillText(line.label || "", bbox.left + 4 * ratio, y - 4 * ratio < bbox.top + 10 * ratio ? y + 13 * ratio : y - 4 * ratio);
  }
  for (const line of spec.markers || []) {
    const x = plot.valToPos(spec.x_kind === "percentile" ? toTail(line.x) : line.x, "x", true);
    ctx.strokeStyle = ctx.fillStyle = line.color || css("--dim");
    stroke(ctx, x, bbox.top, x, bbox.top + bbox.height);
    const fits = x + ctx.measureText(line.label || "").width + 8 * ratio < bbox.left + bbox.width;
    ctx.textAlign = fits ? "left" : "right";
    ctx.fillText(line.label || "", x + (fits ? 4 : -4) * ratio, bbox.top + 12 * ratio);
    ctx.textAlign = "left";
  }
  ctx.restore();
};
const stroke = (ctx, x1, y1, x2, y2) => { ctx.beginPath(); ctx.moveTo(x1, y1); ctx.lineTo(x2, y2); ctx.stroke(); };
