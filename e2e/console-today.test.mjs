// Today, in a real browser over a real demonstration: what needs somebody is what the API says, as it happens.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { accessible, ask, begin, end, open, SHOTS, the } from './console.mjs';
import { comes, workday } from './workday.mjs';

const TODAY = '/console/today';
let day;

before(async () => {
  day = await workday();
  await begin({ people: 150, days: 90, programs: [day.dir] });
  for (const who of ['Ana', 'Bea', 'Caro']) await comes(who, 'help');
  await until(async () => (await list()).length >= 9 && (await ask('/v1/attention')).total >= 3, 'the work is there');
}, { timeout: 180_000 });
after(async () => { await end(); await day?.away(); });

const list = async (query = '') => (await ask(`/v1/work?limit=500${query}`)).items;

async function until(is, what) {
  for (let k = 0; !await is(); k++) {
    assert.ok(k < 200, `it did not come to pass: ${what}`);
    await new Promise((r) => setTimeout(r, 100));
  }
}

const card = (page, name) => page.locator(`[data-card="${name}"]`);

describe('today', { timeout: 180_000 }, () => {
  it('is the first screen, and shows what the API says', async (t) => {
    const page = await open(t, '/console/');
    await page.waitForURL(`**${TODAY}`);
    await card(page, 'tasks').waitFor();
    const work = await list();
    const mine = work.filter((w) => w.by === undefined && w.kind !== 'call');
    assert.equal(await card(page, 'tasks').getByRole('heading').textContent(), `${work.length} pieces of work`);
    assert.deepEqual(await page.locator('[data-task]').evaluateAll((all) => all.map((e) => e.dataset.task)), mine.slice(0, 5).map((w) => w.request));
    const stuck = await ask('/v1/attention');
    await card(page, 'attention').getByText(`${stuck.total} passages through journeys cannot go on by themselves`).waitFor();
    assert.equal(await card(page, 'attention').locator('li').count(), Math.min(5, stuck.total));
    const changes = await ask('/v1/programs/diabetes/changes');
    await card(page, 'reached').waitFor();
    assert.deepEqual(await page.locator('[data-reached]').evaluateAll((all) => all.map((e) => [e.dataset.reached, Number(e.dataset.people)])), changes.reached.map((r) => [r.outcome, r.people]));
    assert.deepEqual(await page.locator('[data-drop]').evaluateAll((all) => all.map((e) => e.dataset.drop)), changes.phases.filter((p) => p.changed === 'fell').map((p) => p.phase));
    const { people } = await ask('/v1/overview');
    await card(page, 'overview').getByText(new RegExp(`^${people.toLocaleString('en')} people$`)).waitFor();
    assert.equal(await page.getByText('Quispe').count(), 0, 'it names nobody');
  });

  it('is worked by keys: to a task, done, and the next', async (t) => {
    const page = await open(t, `/console/work`);
    await page.locator('[data-total]').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await card(page, 'tasks').waitFor();
    const task = (await list()).find((w) => w.kind === 'task');
    for (let k = 0; k < 20 && await page.evaluate(() => document.activeElement?.dataset.task) !== task.request; k++) await page.keyboard.press('j');
    await page.keyboard.press('d');
    await page.getByRole('dialog', { name: 'Is it done?' }).waitFor();
    await accessible(page, 'whether it is done');
    await page.keyboard.press('Enter');
    await page.getByText('Done. The journey goes on.').waitFor();
    await page.locator(`[data-task="${task.request}"]`).waitFor({ state: 'detached' });
    assert.ok(!(await list()).some((w) => w.request === task.request));
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement?.dataset.task !== undefined); // the next has the focus
    const next = await page.evaluate(() => document.activeElement.dataset.task);
    await page.keyboard.press('a');
    await page.getByRole('dialog', { name: 'Hand it over' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.locator(`[data-task="${next}"]`).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/console/work?work=${next}`);
    await page.locator(`[data-piece="${next}"]`).waitFor();
  });

  it('is put off for oneself, on the server, and comes again', async (t) => {
    const page = await open(t, TODAY);
    await card(page, 'tasks').waitFor();
    const first = await page.locator('[data-task]').first().getAttribute('data-task');
    await page.locator(`[data-task="${first}"]`).focus();
    await page.keyboard.press('s');
    await page.getByRole('dialog', { name: 'Put it off for how long?' }).waitFor();
    await accessible(page, 'putting something off');
    await page.getByRole('button', { name: 'Four hours' }).click();
    await page.locator(`[data-task="${first}"]`).waitFor({ state: 'detached' });
    assert.ok((await list()).find((w) => w.request === first).put_off_until !== undefined, 'the server keeps it');
    await page.reload();
    await page.getByRole('button', { name: 'You put 1 piece of work off' }).click();
    await page.locator(`[data-task="${first}"]`).focus();
    await page.keyboard.press('s');
    await page.getByText('You are reminded of it again.').waitFor();
    await page.getByRole('button', { name: 'You put 1 piece of work off' }).waitFor({ state: 'detached' });
    assert.equal((await list()).find((w) => w.request === first).put_off_until, undefined);
  });

  it('hears what comes, and says while everything is paused, without being loaded again', async (t) => {
    const page = await open(t, TODAY);
    await card(page, 'tasks').waitFor();
    await page.locator('[data-live="live"]').waitFor();
    await page.locator('[data-well]').waitFor();
    const was = (await list()).length;
    await comes('Dora', 'help');
    await page.getByRole('heading', { name: `${was + 3} pieces of work` }).waitFor();
    await ask('/v1/pauses', { method: 'POST', body: { program: 'diabetes', why: 'We look at the words' } });
    await card(page, 'pauses').getByText('We look at the words').waitFor();
    await ask('/v1/pauses', { method: 'POST', body: { why: 'The carrier asked for it' } });
    await page.locator('[data-paused]').getByText(/^Everything is paused since .* by Demonstration: The carrier asked for it Nothing goes out\. What is due waits/).waitFor();
    await accessible(page, 'a pause of everything');
    for (const body of [{}, { program: 'diabetes' }]) await fetch(`${the.url}/v1/pauses/end`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    await page.locator('[data-paused]').waitFor({ state: 'detached' });
    await page.locator('[data-well]').waitFor();
  });

  it('gives all tasks as a table, line by line those of the API', async (t) => {
    const page = await open(t, TODAY);
    await card(page, 'tasks').waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'All tasks as CSV' }).click()]);
    assert.equal(download.suggestedFilename(), 'work.csv');
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
    assert.deepEqual(lines.slice(1).map((l) => l.split(',')[0]), (await list()).map((w) => w.request));
  });
});

describe('everybody can read it', { timeout: 180_000 }, () => {
  for (const colorScheme of ['light', 'dark']) {
    it(`in ${colorScheme}`, async (t) => {
      const page = await open(t, TODAY, { colorScheme });
      await card(page, 'reached').waitFor();
      await card(page, 'tasks').waitFor();
      await accessible(page, 'today');
      await page.screenshot({ path: join(SHOTS, `console-today-${colorScheme}.png`), fullPage: true });
      await page.setViewportSize({ width: 390, height: 800 });
      await page.waitForTimeout(100);
      await accessible(page, 'today on a telephone');
      await page.screenshot({ path: join(SHOTS, `console-today-${colorScheme}-390.png`), fullPage: true });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is not sideways');
      assert.deepEqual(await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]), [[], [], '']);
    });
  }
});
