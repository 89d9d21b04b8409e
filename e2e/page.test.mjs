// The first page, in a real browser, of a real demonstration: what it says is what the command line
// says of the same data folder, and anybody can read it.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { AxeBuilder } from '@axe-core/playwright';

import { browse } from './browser.mjs';
import { Attune, binary, freePort } from './attune.mjs';
import { authenticator } from './signin.mjs';

const run = promisify(execFile);
const HERE = fileURLToPath(new URL('.', import.meta.url));
const SHOTS = join(HERE, 'shots');
const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A demonstration with few people, as `attune demo` starts it. */
class Demo {
  output = '';

  static async start() {
    const demo = new Demo();
    demo.home = await mkdtemp(join(tmpdir(), 'attune-demo-'));
    demo.data = join(demo.home, 'data');
    demo.bin = await binary();
    const port = await freePort();
    demo.url = `http://127.0.0.1:${port}`;
    demo.child = spawn(demo.bin, ['demo', '--people', '60', '--days', '60', '--listen', `127.0.0.1:${port}`, '--data', demo.data], { cwd: join(HERE, '..'), stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [demo.child.stdout, demo.child.stderr]) stream.on('data', (b) => { demo.output += b; });
    const gone = new Promise((resolve) => { demo.child.on('error', resolve); demo.child.on('exit', resolve); });
    demo.stop = async () => {
      demo.child.kill('SIGTERM');
      await gone;
      await rm(demo.home, { recursive: true, force: true });
    };
    for (const deadline = Date.now() + 120_000; ;) {
      try {
        if ((await fetch(`${demo.url}/healthz`)).ok) return demo;
      } catch { /* not yet */ }
      if (demo.child.exitCode !== null || Date.now() > deadline) {
        await demo.stop();
        throw new Error(`the demonstration did not start; it wrote:\n${demo.output}`);
      }
      await sleep(100);
    }
  }

  async cli(...args) {
    return (await run(demo.bin, [...args, '--data', this.data, '--json'], { maxBuffer: 1 << 26 })).stdout;
  }

  async doctor() { return JSON.parse(await this.cli('doctor')); }

  async story(who) { return (await this.cli('story', who)).trim().split('\n').map((line) => JSON.parse(line)); }
}

let demo;
let browser;

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  [demo, browser] = await Promise.all([Demo.start(), browse()]);
}, { timeout: 180_000 });

after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Opens a page and fails the test if the browser finds anything to complain about. */
async function open(t, path = '/', options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (err) => complaints.push(err.message));
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) complaints.push(m.text()); });
  page.on('requestfailed', (r) => { if (r.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`${r.url()} ${r.failure()?.errorText}`); });
  page.on('request', (r) => { if (!r.url().startsWith(demo.url) && !r.url().startsWith('data:')) complaints.push(`it asked ${r.url()}`); });
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints, [], 'the browser complained');
  });
  await page.goto(demo.url + path);
  return page;
}

const number = (text) => Number(text.replace(/[\s\u202f]/g, ''));

/** Reads every number of the first page, by what a reader sees beside it. */
async function numbers(page) {
  const rows = async (table) => (await table.getByRole('row').all()).reduce(async (all, row) => {
    const cells = await row.getByRole('cell').allTextContents();
    return cells.length > 1 ? { ...(await all), [cells[0]]: cells.slice(1).map(number) } : all;
  }, {});
  const tiles = await page.getByRole('region', { name: 'In numbers' }).locator('div').evaluateAll((divs) => divs.map((d) => [d.querySelector('dt').textContent, d.querySelector('dd').textContent]));
  const map = page.locator('section', { has: page.getByRole('heading', { name: /^Living well with diabetes/ }) });
  return {
    tiles: Object.fromEntries(tiles.map(([name, n]) => [name, number(n)])),
    phases: (await map.getByRole('listitem').all()).length,
    members: number((await map.getByRole('heading').textContent()).match(/([\d\s\u202f]+) people now/)[1]),
    inPhases: (await map.locator('.n').allTextContents()).map(number),
    events: await rows(page.getByRole('region', { name: 'Events in' })),
    touches: await rows(page.getByRole('region', { name: 'Touches by channel' })),
    refused: Object.values(await rows(page.locator('#touches table').nth(1))).reduce((sum, [n]) => sum + n, 0),
  };
}

/** What the counters of the data folder make of the same. */
function expected({ counters: c, events, quarantined }) {
  const sum = (prefix) => Object.entries(c).filter(([k]) => k.startsWith(prefix)).reduce((n, [, v]) => n + v, 0);
  const byName = {};
  for (const [key, n] of Object.entries(events)) {
    const name = key.split('/')[1];
    byName[name] = [(byName[name]?.[0] ?? 0) + n];
  }
  const touch = (channel, what) => c[`touch/${channel}/${what}`] ?? 0;
  const channels = [...new Set(Object.keys(c).filter((k) => k.startsWith('touch/')).map((k) => k.split('/')[1]))];
  const phases = ['diagnosis', 'treatment', 'follow_up'].map((p) => c[`phase/diabetes/${p}`] ?? 0);
  return {
    tiles: { 'people known': c.people, 'events in': sum('events/'), ...Object.fromEntries(channels.map((ch) => [`handed over by ${ch}`, touch(ch, 'handed_over')])), 'waiting to be applied': 0, 'in quarantine': quarantined },
    phases: phases.length,
    members: c['members/diabetes'],
    inPhases: phases,
    events: byName,
    touches: Object.fromEntries(channels.map((ch) => [ch, ['attempts', 'handed_over', 'uncertain', 'ended'].map((what) => touch(ch, what))])),
    refused: sum('refused/') + sum('ended/'),
  };
}

/** The people go on living: asks until nothing happened between two looks at the data folder. */
async function atRest(look) {
  for (let i = 0; i < 60; i++) {
    const first = await demo.doctor();
    const seen = await look();
    const second = await demo.doctor();
    if (JSON.stringify(first) === JSON.stringify(second) && first.log.last === first.state.log) return [seen, second];
    await sleep(250);
  }
  throw new Error('the demonstration never rested for a moment');
}

describe('the first page', { timeout: 300_000 }, () => {
  it('says the numbers that the data folder says', async (t) => {
    const page = await open(t, '/', { javaScriptEnabled: false });
    const [seen, found] = await atRest(async () => {
      await page.reload();
      return numbers(page);
    });
    assert.ok(found.findings.every((f) => f.ok), JSON.stringify(found.findings));
    assert.deepEqual(seen, expected(found));
    assert.ok(seen.tiles['events in'] > 300 && seen.tiles['handed over by email'] > 5, 'somebody has lived here');
  });

  it('has its parts under their names', async (t) => {
    const page = await open(t);
    await page.getByRole('heading', { level: 1, name: 'Attune' }).waitFor();
    for (const name of ['Living well with diabetes', 'Rheumatoid arthritis, from first symptoms on', 'Events in', 'Touches by channel', 'Refused, by reason', 'Latest refusals', 'Captured messages']) {
      assert.ok(await page.getByRole('heading', { level: 2, name }).isVisible(), name);
    }
    assert.ok(await page.getByText('nobody here exists').isVisible());
    assert.match(await page.title(), /Attune/);
    await page.screenshot({ path: join(SHOTS, 'overview.png'), fullPage: true });
  });

  for (const javaScriptEnabled of [true, false]) {
    it(`shows a message word for word, ${javaScriptEnabled ? 'by keyboard' : 'without JavaScript too'}`, async (t) => {
      const page = await open(t, '/', { javaScriptEnabled });
      const message = page.locator('#messages details').first();
      const text = message.locator('pre');
      assert.equal(await text.isVisible(), false);
      if (javaScriptEnabled) {
        await message.locator('summary').focus();
        await page.keyboard.press('Enter');
      } else {
        await message.locator('summary').click();
      }
      assert.equal(await text.isVisible(), true);
      const link = await message.getByRole('link').getAttribute('href');
      const [subject, body] = [(await message.locator('summary').evaluate((s) => s.firstChild.textContent)).trim(), await text.evaluate((e) => e.textContent)];
      const sent = (await demo.story(link.split('/').pop())).filter((l) => l.kind === 'message');
      const to = await message.locator('.meta').last().textContent();
      const channel = /^By (.*)$/.exec(subject)?.[1]; // the newest may have gone by a channel whose messages have no subject
      assert.ok(sent.some((l) => l.body === body && (l.subject ?? '') === (channel === undefined ? subject : '') && to.includes(`${channel ?? 'email'} to ${l.to},`)), `the story has no message ${JSON.stringify({ subject, body, to })}`);
    });

    it(`leads to a person's story, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async (t) => {
      const page = await open(t, '/', { javaScriptEnabled });
      await page.getByRole('link', { name: 'the whole story' }).click();
      const heading = await page.getByRole('heading', { level: 2 }).textContent();
      const who = page.url().split('/').pop();
      const [shown] = await atRest(async () => {
        await page.reload();
        return [await page.locator('ol.story > li').count(), (await demo.story(who)).length];
      });
      assert.equal(shown[0], shown[1], 'lines of the story');
      assert.match(heading, /^\S+ \S+/);
      const messages = (await demo.story(who)).filter((l) => l.body);
      const first = page.locator('ol.story details').first();
      await first.locator('summary').click();
      assert.equal(await first.locator('pre').evaluate((e) => e.textContent), messages.at(-1).body);
      await page.getByRole('link', { name: 'Attune' }).click();
      await page.getByRole('heading', { name: 'Events in' }).waitFor();
    });
  }

  it('keeps itself current, and leaves open what is open', async (t) => {
    const page = await open(t);
    const clock = page.locator('header .when');
    const before_ = await clock.textContent();
    const message = page.locator('#messages details').first();
    const id = await message.getAttribute('id');
    await message.locator('summary').click();
    await page.evaluate(() => document.activeElement.blur());
    await page.mouse.move(2, 2);
    await page.waitForFunction((was) => document.querySelector('header .when').textContent !== was, before_, { timeout: 15_000 });
    await sleep(2500);
    const again = page.locator(`[id="${id}"]`);
    if (await again.count()) assert.equal(await again.evaluate((d) => d.open), true);
    assert.equal(await page.locator('#stale').isVisible(), false);
  });

  it('says so when it has lost the server', async (t) => {
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(demo.url);
    await context.setOffline(true);
    await page.getByRole('status').waitFor({ state: 'visible', timeout: 15_000 });
    await context.setOffline(false);
    await page.getByRole('status').waitFor({ state: 'hidden', timeout: 15_000 });
  });
});

describe('everybody can read it', { timeout: 300_000 }, () => {
  const somebody = async (page) => page.getByRole('link', { name: 'the whole story' }).getAttribute('href');

  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 1100, 390, 320]) {
      it(`${colorScheme}, ${width} pixels wide`, async (t) => {
        const page = await open(t, '/', { colorScheme, viewport: { width, height: 900 }, javaScriptEnabled: true });
        for (const [name, path] of [['overview', '/'], ['person', await somebody(page)]]) {
          await page.goto(demo.url + path);
          await page.locator('details summary').first().click();
          await page.screenshot({ path: join(SHOTS, `${name}-${colorScheme}-${width}.png`), fullPage: true });
          await fits(page, name, { tables: width >= 390 });
          await accessible(page, name);
        }
      });
    }
  }

  it('is not sideways at twice the letters', async (t) => {
    const page = await open(t, '/', { viewport: { width: 1280, height: 900 } });
    await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
    await fits(page, 'overview at 200 percent', { tables: false });
  });
});

describe('the documentation of the API', { timeout: 120_000 }, () => {
  for (const [colorScheme, width] of [['light', 1280], ['dark', 320]]) {
    it(`sends its examples, ${colorScheme}, ${width} pixels wide`, async (t) => {
      const page = await open(t, '/docs/api#readOverview', { colorScheme, viewport: { width, height: 900 }, javaScriptEnabled: true });
      const operation = page.locator('#readOverview');
      await operation.getByRole('button', { name: 'Send' }).click();
      await operation.getByText('"people": ').first().waitFor();
      await page.goto(`${demo.url}/docs/api#findPeople`);
      const search = page.locator('#findPeople');
      await search.getByLabel('Body').fill('{"id":"demo:patient-0042"}');
      await search.getByLabel('Attune-Purpose').selectOption('support');
      await search.getByRole('button', { name: 'Send' }).click();
      await search.locator('.answer').getByText('"person": ').first().waitFor();
      await accessible(page, 'the documentation of the API');
      await fits(page, 'the documentation of the API');
      await page.screenshot({ path: join(SHOTS, `api-${colorScheme}-${width}.png`) });
    });
  }
});

describe('signing in', { timeout: 120_000 }, () => {
  it('takes a link, a button, and works once', async (t) => {
    const attune = await (await Attune.create(t)).start();
    const { stdout } = await run(attune.bin, ['keys', 'sign-in', '--data', attune.data, '--url', attune.url]);
    const link = stdout.trim();
    const context = await browser.newContext({ colorScheme: 'light', viewport: { width: 390, height: 800 } });
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(attune.url);
    await page.getByRole('heading', { name: 'Sign in by link' }).waitFor();
    await accessible(page, 'sign-in, light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await accessible(page, 'sign-in, dark');
    await fits(page, 'sign-in');
    await page.screenshot({ path: join(SHOTS, 'sign-in.png') });

    await page.goto(link);
    await page.getByRole('button', { name: 'Sign in on this device' }).click();
    await page.getByRole('heading', { name: 'Events in' }).waitFor();
    assert.equal(page.url(), `${attune.url}/`);
    assert.ok(await page.getByText('Nothing yet. Send an event with a write key.').isVisible());
    await accessible(page, 'an empty overview');
    await fits(page, 'an empty overview');
    await page.screenshot({ path: join(SHOTS, 'overview-empty.png'), fullPage: true });
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in by link' }).waitFor();

    await page.goto(link);
    await page.getByRole('button', { name: 'Sign in on this device' }).click();
    await page.getByRole('alert').waitFor();
    await accessible(page, 'a used link');
  });
});

describe('an account', { timeout: 180_000 }, () => {
  for (const javaScriptEnabled of [true, false]) {
    it(`is joined by link, password and authenticator, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async (t) => {
      const attune = await (await Attune.create(t)).start();
      const { link } = await attune.cli('staff', 'invite', '--email', 'kim@clinic.example', '--name', 'Kim Lee', '--role', 'clinician', '--url', attune.url);
      const context = await browser.newContext({ colorScheme: 'light', viewport: { width: 320, height: 800 }, javaScriptEnabled });
      t.after(() => context.close());
      const page = await context.newPage();
      // axe is a script of its own: where pages run none, only what is seen is looked at.
      const sound = async (name) => {
        await fits(page, name, { tables: false });
        if (!javaScriptEnabled) return;
        await accessible(page, `${name}, light`);
        await page.emulateMedia({ colorScheme: 'dark' });
        await accessible(page, `${name}, dark`);
        await page.emulateMedia({ colorScheme: 'light' });
        await page.screenshot({ path: join(SHOTS, `account-${name}.png`), fullPage: true });
      };
      await page.goto(link);
      await page.getByRole('heading', { name: 'Welcome, Kim Lee' }).waitFor();
      await sound('join');
      await page.getByLabel('A password of 12 characters or more').fill('hospital hospital');
      await page.getByLabel('The same password again').fill('hospital hospital');
      await page.getByRole('button', { name: 'Set this password' }).click();
      assert.match(await page.getByRole('alert').textContent(), /easily guessed/);
      await sound('join-refused');
      await page.getByLabel('A password of 12 characters or more').fill('seven grey herons wade');
      await page.getByLabel('The same password again').fill('seven grey herons wade');
      await page.getByRole('button', { name: 'Set this password' }).click();
      await page.getByRole('status').waitFor();
      await sound('sign-in');
      await page.getByLabel('E-mail address').fill('kim@clinic.example');
      await page.getByLabel('Password').fill('not this one at all');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
      assert.equal(await page.getByLabel('E-mail address').inputValue(), 'kim@clinic.example');
      await page.getByLabel('Password').fill('seven grey herons wade');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('img', { name: 'The key below, as a QR code' }).waitFor();
      await sound('factor');
      const key = (await page.locator('code').first().textContent()).replaceAll(' ', '');
      await page.getByLabel('The six digits that it shows now').fill(authenticator(key));
      await page.getByRole('button', { name: 'Go on' }).click();
      const recovery = await page.locator('ul.codes code').allTextContents();
      assert.equal(recovery.length, 10);
      await sound('recovery');
      await page.getByRole('link', { name: 'I have kept them: go on' }).click();
      await page.getByRole('heading', { name: 'Captured messages' }).waitFor();
      await page.getByRole('link', { name: 'Your account' }).click();
      await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor();
      await sound('account');
      const [cookie] = (await context.cookies()).filter((c) => c.name === 'attune_local');
      assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, 'Lax', '/']);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('E-mail address').fill('kim@clinic.example');
      await page.getByLabel('Password').fill('seven grey herons wade');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { name: 'Your code' }).waitFor();
      await sound('code');
      await page.getByLabel(/The six digits/).fill(recovery[0]);
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.getByRole('heading', { name: 'Captured messages' }).waitFor();
      // A command beside it ends what one may do.
      await run(attune.bin, ['staff', 'disable', 'kim@clinic.example', '--data', attune.data]);
      await page.goto(`${attune.url}/account`);
      await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
    });
  }
});

/** The page does not move sideways; tables do only where there is really no room for them. */
async function fits(page, name, { tables = true } = {}) {
  const wide = await page.evaluate((which) => {
    const found = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth || document.body.scrollWidth > document.body.clientWidth) found.push(`the page: ${root.scrollWidth} in ${root.clientWidth}`);
    for (const e of document.querySelectorAll(which)) if (e.scrollWidth > e.clientWidth) found.push(`${e.getAttribute('aria-label') ?? e.id ?? e.tagName}: ${e.scrollWidth} in ${e.clientWidth}`);
    return found;
  }, tables ? '.scroll, section, pre' : 'section, pre');
  assert.deepEqual(wide, [], `${name} is wider than its place`);
}

/** WCAG 2.2, A and AA, and what axe's makers call good practice: no violation. */
async function accessible(page, name) {
  const { violations } = await new AxeBuilder({ page, axeSource }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']).analyze();
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(', ')}`), [], `${name} is not accessible`);
}
