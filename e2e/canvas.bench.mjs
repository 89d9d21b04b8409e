// How fast the canvas takes in numbers: journeys of 50 and of 500 steps, of which 50 counts change at once. A browser over a real demonstration,
// behind a proxy that adds changes to the stream. Timed is from when the change arrives in the page until the frame after the last number changed.
// Run: node canvas.bench.mjs (make bench does).
import { createServer, request } from 'node:http';

import { ask, begin, end, open, the } from './console.mjs';

const PROGRAM = 'rheumatoid_referral';
const ROUNDS = 15;
const COUNTS = 50;

await begin({ people: 30, days: 10 });
const steps = (n) => Array.from({ length: n - 1 }, (_, k) => `  - {id: s${k}, wait: 1d}\n`).join('');
const file = (id, n) => `journey: ${id}\nname: "${n} steps"\nenter: {on: symptoms.reported}\nsteps:\n${steps(n)}  - exit: over\n`;
const sizes = [50, 500];
const { draft } = await ask('/v1/drafts', { method: 'POST', body: { name: 'Long journeys' } });
const written = await ask(`/v1/drafts/${draft}/files`, { method: 'PUT', body: { program: PROGRAM, files: Object.fromEntries(sizes.map((n) => [`journeys/long_${n}.yaml`, file(`long_${n}`, n)])) } });
const live = await ask(`/v1/drafts/${draft}/publish`, { method: 'POST', body: {}, headers: { 'If-Match': `"${draft}.${written.version}"` } });
if (live.number === undefined) throw new Error(JSON.stringify(live));

// What goes to the browser, with changes of our own in between.
const real = the.url;
const streams = new Set();
const proxy = createServer((req, res) => {
  const up = request(new URL(req.url, real), { method: req.method, headers: { ...req.headers, host: new URL(real).host } }, (answer) => {
    res.writeHead(answer.statusCode, answer.headers);
    answer.pipe(res);
    if (req.url.startsWith('/v1/stream')) {
      streams.add(res);
      res.on('close', () => streams.delete(res));
    }
  });
  up.on('error', () => res.destroy());
  req.pipe(up);
});
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
the.url = `http://127.0.0.1:${proxy.address().port}`;

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const medians = [];
for (const n of sizes) {
  const page = await open({ after: () => {} }, `/console/programs/${PROGRAM}/journeys?journey=long_${n}&view=canvas`);
  await page.addInitScript(() => {
    const plain = window.fetch;
    window.fetch = async (...of) => {
      const answer = await plain(...of);
      const url = of[0] instanceof Request ? of[0].url : String(of[0]);
      if (!url.includes('/v1/stream')) return answer;
      const noted = answer.body.pipeThrough(new TransformStream({ transform (chunk, out) { window.arrived = performance.now(); out.enqueue(chunk); } }));
      return new Response(noted, { status: answer.status, headers: answer.headers });
    };
  });
  await page.reload();
  await page.locator('.canvas [data-numbers="s0"]').waitFor({ timeout: 60_000 });
  await page.waitForTimeout(1500);
  if (await page.locator('.canvas [data-numbers]').count() !== n) throw new Error(`not all of ${n} steps have numbers`);
  const took = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const patch = { [PROGRAM]: { [`long_${n}`]: { steps: Object.fromEntries(Array.from({ length: COUNTS }, (_, k) => [`s${Math.floor(k * (n - 1) / COUNTS)}`, { here: round * 1000 + k }])) } } };
    const seen = page.evaluate(([last]) => new Promise((resolve) => {
      const want = last.toLocaleString('en');
      new MutationObserver((_, o) => {
        if (![...document.querySelectorAll('.canvas [data-count="here"]')].some((e) => e.textContent === want)) return;
        o.disconnect();
        requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = () => resolve(performance.now() - window.arrived); c.port2.postMessage(0); });
      }).observe(document.querySelector('.canvas'), { subtree: true, characterData: true, childList: true });
    }), [round * 1000 + COUNTS - 1]);
    await page.waitForTimeout(600); // apart from what the server itself tells
    for (const s of streams) s.write(`data: ${JSON.stringify({ topic: 'journeys_of_care', patch })}\n\n`);
    took.push(await seen);
  }
  medians.push(median(took));
  console.log(`canvas of ${n} steps, ${COUNTS} counts at once: median ${median(took).toFixed(1)} ms, longest ${Math.max(...took).toFixed(1)} ms, of ${ROUNDS}`);
  await page.context().close();
}
console.log(`ten times as many steps take ${(medians[1] / medians[0]).toFixed(2)} times as long`);
the.url = real;
proxy.closeAllConnections();
proxy.close();
await end();
