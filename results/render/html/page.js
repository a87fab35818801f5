"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const css = getComputedStyle(document.documentElement);
  const color = name => css.getPropertyValue("--" + name).trim();
  const together = uPlot.sync("time");
  const charts = [];

  // The faults' windows are shaded behind the lines, what the control plane did stands as
  // dashed lines before them.
  const story = {
    hooks: {
      drawClear: u => {
        const {ctx, bbox} = u;
        ctx.save();
        ctx.beginPath(); ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height); ctx.clip();
        ctx.fillStyle = color("shade");
        for (const f of data.faults) {
          const from = u.valToPos(f.from, "x", true), to = u.valToPos(f.to, "x", true);
          ctx.fillRect(from, bbox.top, to - from, bbox.height);
        }
        ctx.restore();
      },
      draw: u => {
        const {ctx, bbox} = u, ratio = devicePixelRatio;
        ctx.save();
        ctx.beginPath(); ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height); ctx.clip();
        ctx.font = 11 * ratio + "px system-ui, sans-serif";
        ctx.textAlign = "left";
        ctx.textBaseline = "alphabetic";
        ctx.lineWidth = ratio;
        ctx.setLineDash([3 * ratio, 3 * ratio]);
        let row = 0, last = -Infinity;
        for (const m of data.marks) {
          const x = u.valToPos(m.at, "x", true);
          ctx.strokeStyle = ctx.fillStyle = color(m.mood);
          ctx.beginPath(); ctx.moveTo(x, bbox.top); ctx.lineTo(x, bbox.top + bbox.height); ctx.stroke();
          if (u.root.parentElement.classList.contains("latency")) {
            row = x < last ? row + 1 : 0;
            const width = ctx.measureText(m.text).width;
            const left = Math.min(x + 4 * ratio, bbox.left + bbox.width - width);
            ctx.fillText(m.text, left, bbox.top + (12 + 13 * row) * ratio);
            last = Math.max(last, left + width + 6 * ratio);
          }
        }
        ctx.restore();
      },
    },
  };

  const axis = extra => Object.assign({stroke: color("soft"), grid: {stroke: color("line"), width: 1}, ticks: {stroke: color("line"), width: 1}}, extra);
  const ms = v => v == null ? "∞" : v >= 1000 ? (v / 1000).toFixed(2) + " s" : v >= 1 ? v.toFixed(2) + " ms" : (v * 1000).toFixed(0) + " µs";
  const tick = v => v >= 1000 ? v / 1000 + " s" : v >= 1 ? v + " ms" : Math.round(v * 1000) + " µs";
  const seconds = {label: "at", value: (u, v) => v == null ? "–" : v.toFixed(data.step < 1 ? 1 : 0) + " s"};

  function chart(figure, height, scales, series, axes, rows) {
    const options = {
      width: figure.clientWidth, height, scales: Object.assign({x: {time: false, range: [data.from, data.to]}}, scales),
      series: [seconds].concat(series), axes, plugins: [story],
      cursor: {sync: {key: together.key}, points: {size: 6}}, legend: {live: true},
    };
    charts.push([new uPlot(options, rows, figure), figure, height]);
  }

  for (const s of data.streams) {
    const box = document.querySelector('.charts[data-stream="' + s.name + '"]');
    const t = s.ok.map((_, i) => data.from + (i + 0.5) * data.step);
    const line = (label, name, more) => Object.assign({label, stroke: color(name), width: 1.5, value: (u, v, i, at) => at == null ? "–" : ms(v), points: {show: false}}, more);
    chart(box.querySelector(".latency"), 210, {y: {distr: 3}},
      [line("p50", "accent"), line("p99", "accent2"), line("max", "soft", {width: 1, dash: [2, 3]})],
      [axis({values: (u, v) => v.map(x => x + " s")}), axis({size: 62, values: (u, v) => v.map(x => x == null ? null : tick(x))})],
      [t, s.p50, s.p99, s.max]);
    const per = v => v == null ? "–" : v.toFixed(0) + "/s";
    chart(box.querySelector(".rate"), 130, {y: {range: (u, min, max) => [0, Math.max(1, max * 1.08)]}},
      [{label: "answered", stroke: color("good"), fill: color("good") + "22", width: 1.5, value: (u, v) => per(v), points: {show: false}},
       {label: "failed", stroke: color("bad"), fill: color("bad") + "33", width: 1.5, value: (u, v) => per(v), points: {show: false}}],
      [axis({values: (u, v) => v.map(x => x + " s")}), axis({size: 62})],
      [t, s.ok, s.failed]);
  }

  addEventListener("resize", () => charts.forEach(([u, figure, height]) => u.setSize({width: figure.clientWidth, height})));
})();
