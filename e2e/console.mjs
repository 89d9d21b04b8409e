// What tests of the console share: a demonstration, a browser over it, and the faults that none of its screens may have.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { browse } from './browser.mjs';
import { binary, freePort } from './attune.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
export const SHOTS = join(HERE, 'shots');
const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let stop;

/** Where the demonstration is, and the browser, once begin() has been waited for. */
export const the = { url: '', key: '', data: '', browser: undefined, output: () => '' };

/** Starts a demonstration, and a browser. Its clock goes as fast as ours, so that two looks at it see the same, unless another pace is wanted. */
export async function begin({ people = 150, days = 120, pace = 1, programs = [] } = {}) {
  await mkdir(SHOTS, { recursive: true });
  const home = await mkdtemp(join(tmpdir(), 'attune-console-'));
  const port = await freePort();
  const child = spawn(await binary(), ['demo', '--people', String(people), '--days', String(days), '--pace', String(pace), '--listen', `127.0.0.1:${port}`, '--data', join(home, 'data'), ...programs.map((p) => `--program=${p}`)], { cwd: join(HERE, '..'), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  the.output = () => output;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (b) => { output += b; });
  const gone = new Promise((resolve) => { child.on('error', resolve); child.on('exit', resolve); });
  stop = async () => {
    child.kill('SIGTERM');
    await gone;
    await rm(home, { recursive: true, force: true });
  };
  the.data = join(home, 'data');
  the.url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + 120_000; ;) {
    try {
      if ((await fetch(`${the.url}/healthz`)).ok) break;
    } catch { /* not yet */ }
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the demonstration did not start; it wrote:\n${output}`);
    await sleep(100);
  }
  for (;;) {
    the.key = /write key (\S+)/.exec(output)?.[1] ?? '';
    if (the.key !== '') break;
    await sleep(50);
  }
  the.browser = await browse();
}

export async function end() {
  await the.browser?.close();
  await stop?.();
}

/**
 * Opens a screen, and fails the test if the browser complains, of the policy above all. Screens show a change before the server has it: the page's kept()
 * waits until all that it writes was answered.
 */
export async function open(t, path, { allow = [], ...options } = {}) {
  const context = await the.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (err) => complaints.push(err.message));
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type()) && !allow.some((a) => m.text().includes(a))) complaints.push(`${m.text()} (${m.location().url})`); });
  page.on('request', (r) => { if (!r.url().startsWith(the.url) && !r.url().startsWith('data:')) complaints.push(`it asked ${r.url()}`); });
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints, [], 'the browser complained');
  });
  const writes = new Set();
  page.on('request', (r) => { if (r.method() !== 'GET') writes.add(r); });
  for (const done of ['requestfinished', 'requestfailed']) page.on(done, (r) => writes.delete(r));
  page.kept = async () => { do await page.waitForTimeout(50); while (writes.size > 0); };
  await page.goto(path.startsWith('http') ? path : the.url + path);
  return page;
}

/** Fails where a screen is not for everybody to use. */
export async function accessible(page, what) {
  await page.waitForTimeout(200); // what slides in has come to rest
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.any[0]?.message ?? ''}`).slice(0, 4).join(' | ')}`), [], `axe finds fault with ${what}`);
}

/** What the API says. */
export async function ask(path, { method = 'GET', body, headers = {} } = {}) {
  const answer = await fetch(the.url + path, { method, headers: body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return answer.json();
}
