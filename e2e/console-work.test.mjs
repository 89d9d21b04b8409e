// The work queue, in a real browser over a real demonstration whose program asks for a task, a referral, a questionnaire and a call.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

import { binary } from './attune.mjs';
import { accessible, ask, begin, end, open, SHOTS, the } from './console.mjs';
import { comes, workday } from './workday.mjs';

const run = promisify(execFile);
const WORK = '/console/work';
let day;

before(async () => {
  day = await workday();
  await begin({ people: 60, days: 30, programs: [day.dir] });
  await comes('Ana', 'help');
  await comes('Bea', 'call', { preferred_name: 'Bibi', name_spoken: 'BEE-bee', pronouns: 'she/her' });
  await comes('Caro', 'help', { language: 'es' });
  await waiting(7);
}, { timeout: 180_000 });
after(async () => { await end(); await day?.away(); });

const list = async (query = '') => (await ask(`/v1/work?limit=500${query}`)).items;

/** Waits until so much work is open. */
async function waiting(n) {
  for (let k = 0; (await list()).length < n; k++) {
    assert.ok(k < 200, `there are ${(await list()).length} pieces of work, not ${n}`);
    await new Promise((r) => setTimeout(r, 100));
  }
}

/** What somebody else does meanwhile, at a command line. */
const kim = async (...words) => { await run(await binary(), ['work', ...words, '--by', 'Kim', '--data', the.data]); };

const row = (page, w) => page.locator(`[data-work="${w.request}"]`);
const of = (all, kind) => all.find((w) => w.kind === kind && w.by === undefined);

describe('the work queue', { timeout: 180_000 }, () => {
  it('shows the work that the API lists, in its order, and narrows it down as the API does', async (t) => {
    const page = await open(t, `${WORK}`);
    await page.locator('[data-total]').waitFor();
    const shown = () => page.locator('[data-work]').evaluateAll((all) => all.map((e) => e.dataset.work));
    assert.deepEqual(await shown(), (await list()).map((w) => w.request));
    assert.equal(await page.getByText('Quispe').count() + await page.getByText('+1202').count(), 0, 'whom it is about is shown to who takes it');
    for (const [query, address] of [['&kind=task', '?kind=task'], ['&team=nurses', '?team=nurses'], ['&overdue=true', '?overdue=true'], ['&all=true', '?all=true']]) {
      await page.goto(`${the.url}${WORK}${address}`);
      await page.locator('[data-total], .notice').first().waitFor();
      assert.deepEqual(await shown(), (await list(query)).map((w) => w.request), query);
    }
    await page.goto(`${the.url}${WORK}?overdue=true`);
    await page.getByText('Nothing of that waits').waitFor();
    await page.getByRole('button', { name: 'Show all work' }).click();
    await page.locator('[data-total]').waitFor();
  });

  it('is done by keys: a call is taken, told how to be made, and over with one key', async (t) => {
    const page = await open(t, WORK);
    const call = of(await list(), 'contact');
    await row(page, call).waitFor();
    for (let k = 0; k < 20 && await page.evaluate(() => document.activeElement?.dataset.work) !== call.request; k++) {
      await page.keyboard.press('j');
      await page.waitForTimeout(30);
    }
    await page.keyboard.press('Enter');
    await page.locator('[data-name]', { hasText: 'Bibi' }).waitFor();
    assert.equal(await page.locator('[data-address]').textContent(), 'said BEE-bee · she/her · speaks English · Bea Quispe');
    assert.equal(await page.locator('[data-to]').textContent(), '+12025550140');
    assert.match(await page.locator('[data-script]').textContent(), /^Ask Bibi how it goes\.|^Ask Bea how it goes\./);
    assert.match(await page.locator('[data-because]').textContent(), /call\.wanted, on /);
    assert.equal((await list('&mine=true')).length, 1, 'the API says that it is mine');
    await accessible(page, 'a call that is taken');
    await page.keyboard.press('n');
    await page.keyboard.type('She sleeps better 12345');
    await page.keyboard.press('Tab');
    await page.locator('.minutes input').fill('4');
    await page.keyboard.press('Shift+Tab');
    await page.locator('[data-name]').click();
    await page.keyboard.press('1');
    await page.getByText('Reached. It is over.').waitFor();
    await row(page, call).waitFor({ state: 'detached' });
    const over = (await list('&all=true')).find((w) => w.request === call.request);
    assert.deepEqual([over.why, over.ended !== undefined], ['reached', true]);
    await page.waitForFunction(() => document.activeElement?.dataset.work !== undefined); // the next piece of work has the focus
  });

  it('asks before it gives something back, and gives it back', async (t) => {
    const page = await open(t, WORK);
    const task = of(await list(), 'task');
    await row(page, task).click();
    await page.getByRole('button', { name: 'Take it' }).click();
    await page.locator('[data-outcome="moved_away"]').waitFor();
    assert.match(await page.locator('[data-because]').textContent(), /Help with refills/);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Give it back?' }).waitFor();
    await accessible(page, 'giving something back');
    await page.getByRole('button', { name: 'Keep it' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal((await list()).find((w) => w.request === task.request).by, 'Demonstration');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').getByRole('button', { name: 'Give it back' }).click();
    await page.getByText('It is given back.').waitFor();
    assert.equal((await list()).find((w) => w.request === task.request).by, undefined);
    await page.locator('[data-shown]').waitFor({ state: 'detached' });
  });

  it('shows at once what somebody else takes, and says who has it; what they finish goes', async (t) => {
    const page = await open(t, WORK, { allow: ['409'] });
    const task = of(await list(), 'task');
    await row(page, task).waitFor();
    await page.locator('[data-live="live"]').waitFor();
    await page.route('**/claim', async (r) => { await kim('claim', task.request.slice(0, 10)); await r.continue(); }); // Kim is faster by a breath
    await row(page, task).click();
    await page.getByRole('button', { name: 'Take it' }).click();
    await page.getByRole('alert').getByText(/^Kim has it until .*Choose another/).waitFor();
    await row(page, task).locator('[data-by="Kim"]').waitFor();
    assert.equal(await page.locator('[data-shown]').count(), 0, 'whom it is about is not shown');
    assert.equal(await page.getByRole('button', { name: 'Take it' }).count(), 0);
    await page.unroute('**/claim');
    await kim('done', task.request.slice(0, 10), '--outcome', 'done');
    await row(page, task).waitFor({ state: 'detached' });
    await page.getByText('It is not on this list any more').waitFor();
    // What comes in while one looks is there without loading the page again.
    await comes('Dora', 'call');
    await page.locator('[data-work][data-kind="contact"]').waitFor();
  });

  it('tells of referrals and questionnaires what they take', async (t) => {
    const page = await open(t, WORK);
    const all = await list();
    const refer = of(all, 'refer');
    await row(page, refer).click();
    await page.getByRole('button', { name: 'Take it' }).click();
    await page.locator('[data-outcome="scheduled"]').waitFor();
    await page.keyboard.press('n');
    await page.keyboard.type('Tuesday at nine');
    await page.locator('[data-piece] h2').click();
    await page.keyboard.press('2');
    await page.getByText('Scheduled. The journey goes on.').waitFor();
    await row(page, refer).waitFor({ state: 'detached' });
    const question = of(await list(), 'ask');
    await row(page, question).click();
    await page.getByRole('button', { name: 'Take it' }).click();
    await page.getByLabel('Score, where the questionnaire has one').fill('7');
    await page.locator('[data-piece] h2').click();
    await page.keyboard.press('1');
    await row(page, question).waitFor({ state: 'detached' });
    assert.ok(!(await list()).some((w) => [refer.request, question.request].includes(w.request)));
  });

  it('is handed over to whoever may have it', async (t) => {
    const { account } = await ask('/v1/staff', { method: 'POST', body: { name: 'Lee Wong', email: 'lee@clinic.example', roles: ['clinician'], url: the.url } });
    const page = await open(t, WORK);
    const call = of(await list(), 'contact');
    await row(page, call).click();
    await page.keyboard.press('a');
    await page.locator(`[data-colleague="${account.id}"]`).waitFor();
    await accessible(page, 'handing over');
    await page.locator(`[data-colleague="${account.id}"]`).click();
    await page.getByText('Lee Wong has it now, for half an hour.').waitFor();
    await row(page, call).locator('[data-by="Lee Wong"]').waitFor();
    assert.equal((await list()).find((w) => w.request === call.request).by, 'Lee Wong');
  });
});

describe('everybody can work with it', { timeout: 180_000 }, () => {
  for (const colorScheme of ['light', 'dark']) {
    it(`in ${colorScheme}`, async (t) => {
      await comes(`Eva ${colorScheme}`, 'call', { preferred_name: 'Evita', name_spoken: 'eh-VEE-tah', pronouns: 'she/her' });
      const page = await open(t, WORK, { colorScheme });
      await page.locator('[data-work][data-kind="contact"][data-has="nobody"]').first().waitFor();
      await accessible(page, 'the work queue');
      await page.locator('[data-work][data-kind="contact"][data-has="nobody"]').first().click();
      await page.getByRole('button', { name: 'Take it' }).click();
      await page.locator('[data-outcome="reached"]').waitFor();
      await accessible(page, 'a piece of work');
      await page.screenshot({ path: join(SHOTS, `console-work-${colorScheme}.png`) });
      await page.keyboard.press('4');
      await page.getByLabel('In your time').waitFor();
      await accessible(page, 'when to call back');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.setViewportSize({ width: 390, height: 800 });
      await page.waitForTimeout(100);
      await page.screenshot({ path: join(SHOTS, `console-work-${colorScheme}-390.png`), fullPage: true });
      await accessible(page, 'a piece of work on a telephone');
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is not sideways');
      for (const b of await page.locator('.outcome').all()) assert.ok((await b.boundingBox()).height >= 56, 'it is large enough for a thumb');
      await page.getByRole('button', { name: 'Back to the list' }).click();
      await page.locator('[data-work]').first().waitFor();
      await accessible(page, 'the queue on a telephone');
      await page.screenshot({ path: join(SHOTS, `console-work-${colorScheme}-390-list.png`) });
    });
  }

  it('keeps nothing of anybody in the browser or the address', async (t) => {
    const page = await open(t, `${WORK}?mine=true`);
    await page.locator('[data-work]').first().click();
    await page.getByRole('button', { name: 'Show whom it is about' }).click();
    await page.locator('[data-to]').waitFor();
    assert.deepEqual(await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]), [[], [], '']);
    assert.ok(!/Eva|Quispe|202/.test(decodeURIComponent(page.url()).replace(/work=\w+/, '')));
  });
});
