// The staff console, in a real browser, over a real demonstration: every number on the screen is the API's, anybody can read it, and
// nothing in it needs an exception from its policy.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

import { Attune } from './attune.mjs';
import { accessible, ask, begin, end, open, SHOTS, the } from './console.mjs';

const run = promisify(execFile);
const MAP = '/console/programs/rheumatoid_referral/map';

before(() => begin(), { timeout: 180_000 });
after(end);

/** Every number that the page shows by its name, as it is written. */
const shown = (page) => page.locator('[data-number]').evaluateAll((all) => Object.fromEntries(all.filter((e) => e.dataset.value !== undefined).map((e) => [e.dataset.number, e.querySelector('.n').textContent.replace(/[,\s]/g, '')])));

const written = (n) => n === null ? 'hidden' : String(n);

describe('the map', { timeout: 240_000 }, () => {
  for (const program of ['rheumatoid_referral', 'diabetes']) {
    it(`of ${program} shows the numbers that the API tells`, async (t) => {
      const page = await open(t, `/console/programs/${program}/map?lifecycle=true`);
      await page.locator('[data-number^="phase."]').first().waitFor();
      const lived = await ask(`/v1/programs/${program}/lived`);
      const wanted = {};
      for (const p of lived.phases) {
        for (const k of ['entered', 'moved_on', 'left', 'waiting', 'here']) wanted[`phase.${p.phase}.${k}`] = written(p[k]);
        if (p.expected !== undefined) wanted[`phase.${p.phase}.overdue`] = written(p.overdue);
        for (const k of ['back', 'again', 'skipped']) if (p[k] > 0) wanted[`phase.${p.phase}.${k}`] = written(p[k]);
        assert.equal(p.entered, p.moved_on + p.left + p.waiting, `of ${p.phase}: entered is moved on and left and waiting`);
      }
      const map = await ask(`/v1/releases/live/programs/${program}/map`);
      for (const m of lived.moments.filter((x) => !x.guess)) {
        wanted[`moment.${m.moment}.people`] = written(m.people);
        if (map.moments.find((x) => x.id === m.moment).then !== undefined) wanted[`moment.${m.moment}.late`] = written(m.late);
      }
      for (const h of lived.hand_offs) wanted[`handoff.${h.moment}.waiting`] = written(h.waiting);
      for (const l of lived.lifecycle) wanted[`lifecycle.${l.part}`] = written(l.here);
      assert.deepEqual(await shown(page), wanted);
      assert.ok(lived.phases[0].entered > 50, 'somebody has lived here');
      const leverage = await ask(`/v1/programs/${program}/leverage`);
      const points = page.locator('[data-point]');
      await points.first().waitFor();
      assert.deepEqual(await points.evaluateAll((all) => all.map((e) => [e.dataset.point, Number(e.dataset.heat)])), leverage.answer.points.map((p) => [p.name, p.heat]));
      for (const p of leverage.answer.points) for (const r of p.reasons) await page.getByText(r.sentence, { exact: true }).waitFor();
    });
  }

  it('opens as many people as a number says', async (t) => {
    const page = await open(t, MAP);
    const lived = await ask('/v1/programs/rheumatoid_referral/lived');
    for (const [end, key_] of [['entered', 'entered'], ['on', 'moved_on'], ['left', 'left'], ['here', 'here']]) {
      await page.locator(`[data-number="phase.referral.${key_}"]`).click();
      await page.getByRole('dialog').locator('[data-total]').waitFor();
      assert.equal(await page.locator('[data-total]').getAttribute('data-total'), String(lived.phases.find((p) => p.phase === 'referral')[key_]), end);
      assert.ok(page.url().includes(`end=${end}`), 'what is open has an address');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  });

  it('has an address for what is selected, filtered and shown', async (t) => {
    const page = await open(t, `${MAP}?moment=red_flags&saw=red_flags&view=table`);
    await page.getByRole('complementary', { name: 'Selected moment' }).getByRole('heading', { name: 'Spots the red flags' }).waitFor();
    const lived = await ask('/v1/programs/rheumatoid_referral/lived?saw=red_flags');
    await page.getByRole('table', { name: 'Phases' }).waitFor();
    for (const p of lived.phases) assert.equal(await page.locator(`[data-number="table.${p.phase}.entered"] .n`).textContent(), written(p.entered), p.phase);
    await page.reload();
    await page.getByRole('heading', { name: 'Spots the red flags' }).waitFor();
    await page.goBack().catch(() => {});
  });

  it('hears what happens without being loaded again', async (t) => {
    const page = await open(t, '/console/programs/diabetes/map');
    const number = page.locator('[data-number="phase.diagnosis.entered"]');
    await number.waitFor();
    await page.locator('[data-live="live"]').waitFor();
    const was = Number((await number.getAttribute('data-value')));
    const sent = await fetch(`${the.url}/v1/track`, {
      method: 'POST', headers: { Authorization: `Basic ${btoa(`${the.key}:`)}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ type: 'track', userId: 'console-1', event: 'clinical.condition_recorded', messageId: 'console-1', properties: { condition_id: 'c1', codes: ['44054006'], at: 'sample' } }),
    });
    assert.equal(sent.status, 200, await sent.text());
    await page.locator(`[data-number="phase.diagnosis.entered"][data-value="${was + 1}"]`).waitFor();
  });

  it('says how old its numbers are once the server is gone, and goes on when it is back', async (t) => {
    const page = await open(t, MAP, { allow: ['ERR_INTERNET_DISCONNECTED', 'ERR_NETWORK_CHANGED'] });
    await page.locator('[data-live="live"]').waitFor();
    await page.locator('[data-number="phase.referral.entered"]').waitFor();
    let hold = true;
    await page.route('**/v1/stream*', (r) => hold ? r.abort('internetdisconnected') : r.continue());
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
      Object.defineProperty(document, 'hidden', { value: false, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await page.getByText(/^Not connected since/).waitFor();
    assert.equal(await page.locator('.map.stale').count(), 1);
    assert.ok(await page.locator('[data-number="phase.referral.entered"]').isVisible(), 'what was known stays');
    await accessible(page, 'a map that is not connected');
    hold = false;
    await page.locator('[data-live="live"]').waitFor();
    assert.equal(await page.getByText(/^Not connected since/).count(), 0);
  });
});

describe('by keyboard', { timeout: 120_000 }, () => {
  it('one skips, walks, opens, goes back, finds and asks for help', async (t) => {
    const page = await open(t, MAP);
    await page.locator('[data-moment]').first().waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    await page.keyboard.press('l');
    const top = await page.evaluate(() => document.activeElement.dataset.moment);
    assert.equal(top, 'letter_sent');
    await page.getByRole('heading', { level: 2, name: 'Sends a complete referral letter' }).waitFor();
    await page.keyboard.press('ArrowUp');
    assert.equal(await page.evaluate(() => document.activeElement.dataset.moment), 'waits');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 2, name: 'Waits without news' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('complementary', { name: 'Where to act first' }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.dataset.moment), 'waits');
    await page.keyboard.press('Control+k');
    const find = page.getByRole('textbox', { name: 'Find a moment, a draft, a patient, or something to do' });
    await find.waitFor();
    await find.fill('diab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Living well with diabetes' }).waitFor();
    assert.ok(page.url().endsWith('/console/programs/diabetes/map'));
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('t');
    await page.getByRole('table', { name: 'Phases' }).waitFor();
  });
});

describe('everybody can read it', { timeout: 240_000 }, () => {
  for (const colorScheme of ['light', 'dark']) {
    it(`in ${colorScheme}`, async (t) => {
      const page = await open(t, MAP, { colorScheme });
      await page.locator('[data-point]').first().waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.dataset.mantineColorScheme), colorScheme);
      await accessible(page, 'the map');
      await page.screenshot({ path: join(SHOTS, `console-${colorScheme}.png`) });
      await page.keyboard.press('c');
      await page.keyboard.press('l');
      await page.getByText('Time lost').waitFor();
      await accessible(page, 'a moment');
      await page.keyboard.press('t');
      await page.getByRole('table', { name: 'Moments' }).waitFor();
      await accessible(page, 'the tables');
      for (const [name, opens, inside] of [['the filters', 'f', 'Of whom it is so'], ['the keys', '?', 'these keys'], ['the palette', 'Control+k', 'Copy the link']]) {
        await page.keyboard.press(opens);
        await (name === 'the filters' ? page.getByLabel(inside) : page.getByText(inside)).first().waitFor();
        await accessible(page, name);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
      await page.goto(`${the.url}${MAP}?phase=referral&end=here`);
      await page.getByRole('table').waitFor();
      await accessible(page, 'the people behind a number');
      await page.setViewportSize({ width: 390, height: 800 });
      await page.goto(the.url + MAP);
      await page.locator('[data-point]').first().waitFor();
      await accessible(page, 'the map on a telephone');
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is not sideways; the map scrolls in itself');
      await page.screenshot({ path: join(SHOTS, `console-${colorScheme}-390.png`) });
    });
  }
});

describe('coming in', { timeout: 120_000 }, () => {
  it('leads back to the screen, which says what somebody may not see', async (t) => {
    const attune = await (await Attune.create(t)).start();
    const { stdout } = await run(attune.bin, ['keys', 'sign-in', '--data', attune.data, '--url', attune.url]);
    const context = await the.browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    const complaints = [];
    page.on('console', (m) => { if (/Content.Security.Policy/i.test(m.text())) complaints.push(m.text()); });
    const screen = `${attune.url}/console/programs/diabetes/map?view=table`;
    const answer = await page.goto(screen);
    assert.equal(answer.status(), 401);
    await page.getByRole('heading', { name: 'Sign in by link' }).waitFor();
    await page.goto(stdout.trim());
    await page.getByRole('button', { name: 'Sign in on this device' }).click();
    await page.getByText('You see the map without its numbers').waitFor();
    assert.equal(page.url(), screen);
    await accessible(page, 'a map without numbers');
    assert.deepEqual(complaints, []);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in by link' }).waitFor();
  });

  it('keeps nothing of anybody in the browser', async (t) => {
    const page = await open(t, `${MAP}?phase=referral&end=here`);
    await page.getByRole('table').waitFor();
    assert.deepEqual(await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]), [[], [], '']);
  });

  it('sends parts that are kept for good and a page that is asked for each time', async () => {
    const page = await fetch(`${the.url}/console/`);
    const html = await page.text();
    assert.ok(!/<style|style=|<script>|\son[a-z]+=/.test(html), 'the page has no style and no script in itself');
    assert.equal(page.headers.get('cache-control'), 'no-cache');
    assert.equal((await fetch(`${the.url}/console/`, { headers: { 'If-None-Match': page.headers.get('etag') } })).status, 304);
    const part = /src="(\/console\/assets\/[^"]+\.js)"/.exec(html)[1];
    const sent = await fetch(the.url + part);
    assert.equal(sent.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal((await fetch(`${the.url}/console/assets/older-12345678.js`)).status, 404);
  });
});
