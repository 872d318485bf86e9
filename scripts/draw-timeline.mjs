// Draws the timeline of a demo: `patrol demo --json | node scripts/draw-timeline.mjs > docs/timeline.svg`.
import { text } from "node:stream/consumers";

const { timeline } = JSON.parse(await text(process.stdin));
const [left, row, width] = [110, 26, 560];
const longest = Math.max(1, ...timeline.map((entry) => entry.at_ms));
const height = timeline.length * row + 24;
const lines = timeline.map(({ step, at_ms }, index) => {
  const y = 24 + index * row;
  const x = left + (at_ms / longest) * width;
  return (
    `  <text x="${left - 14}" y="${y + 5}" text-anchor="end">${step}</text>` +
    `<line x1="${left}" y1="${y}" x2="${x.toFixed(1)}" y2="${y}"/>` +
    `<circle cx="${x.toFixed(1)}" cy="${y}" r="5"/>` +
    `<text class="ms" x="${(x + 12).toFixed(1)}" y="${y + 5}">${at_ms} ms</text>`
  );
});
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 90} ${height}" role="img" aria-label="Milliseconds from push to refused token">
  <style>
    text { font: 14px system-ui, sans-serif; fill: #24313d } .ms { fill: #5b6b7b; font-size: 12px }
    line { stroke: #9cc3ea; stroke-width: 4; stroke-linecap: round } circle { fill: #0b5cad }
    rect { fill: #f6f8fa }
  </style>
  <rect width="100%" height="100%" rx="8"/>
${lines.join("\n")}
</svg>`);
