// The sandbox in the console, in a real browser over a real demonstration: runs that go on, are stopped, compared and promoted.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { accessible, ask, begin, end, open, SHOTS, the } from './console.mjs';

const PROGRAM = 'rheumatoid_referral';
const SANDBOX = `/console/programs/${PROGRAM}/sandbox`;

before(() => begin({ people: 60, days: 60 }), { timeout: 180_000 });
after(end);

const jobs = async () => (await ask('/v1/jobs')).items;
const digits = async (cell) => (await cell.textContent()).replace(/\D/g, '');

describe('the sandbox', { timeout: 180_000 }, () => {
  it('runs what is live by keys, tells how far it is, and shows what came of it as the API gives it', async (t) => {
    const page = await open(t, `/console/programs/${PROGRAM}/map`);
    await page.locator('[data-moment]').first().waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByRole('heading', { level: 1, name: 'Sandbox' }).waitFor();
    await page.goto(the.url + SANDBOX);
    await page.getByText('None yet.').waitFor();
    await page.locator('.new-run').getByLabel('Try').waitFor();
    await page.keyboard.press('r');
    await page.locator('[data-number="messages 0"]').waitFor({ timeout: 60_000 });
    const [job] = await jobs();
    const printed = await fetch(the.url + await page.getByRole('link', { name: 'On paper (PDF)' }).getAttribute('href'));
    assert.deepEqual([printed.status, printed.headers.get('Content-Type')], [200, 'application/pdf']);
    const zipped = await fetch(the.url + await page.getByRole('link', { name: 'As tables (CSV, Parquet)' }).getAttribute('href'));
    assert.deepEqual([zipped.status, zipped.headers.get('Content-Type')], [200, 'application/zip']);
    const names = Buffer.from(await zipped.arrayBuffer()).toString('latin1');
    for (const name of ['phases.csv', 'phases.parquet', 'whole.csv', 'result.json']) assert.ok(names.includes(name), name);
    const result = await ask(`/v1/jobs/${job.id}/result`);
    assert.equal(result.people, 2000);
    assert.deepEqual(result.programs, [PROGRAM]);
    assert.equal(await digits(page.locator('[data-number="messages 0"]')), String(result.touches));
    assert.equal(await digits(page.locator('[data-number="people 0"]')), String(result.people));
    const sure = result.with_and_without_messages.filter((d) => d.low > 0 || d.high < 0);
    assert.equal(await page.locator('[data-difference] .sure').count(), Math.min(12, sure.length), 'what is surely different is drawn so');
    await page.getByText(result.note.slice(0, 60)).waitFor();
    await accessible(page, 'a run');
    await page.screenshot({ path: join(SHOTS, 'console-sandbox.png') });
  });

  it('holds a draft beside what is live, for the same people, and leads to publishing it', async (t) => {
    const { draft } = await ask('/v1/drafts', { method: 'POST', body: { name: 'Without news' } });
    const texts = (await ask(`/v1/drafts/${draft}`)).programs.find((p) => p.id === PROGRAM).files;
    const name = Object.keys(texts).find((f) => f.startsWith('engagements/') && /see_your_gp/.test(f));
    await ask(`/v1/drafts/${draft}/files`, { method: 'PUT', body: { program: PROGRAM, files: { [name]: `${texts[name]}\n` , 'map.yaml': texts['map.yaml'].replace('    respond: [see_your_gp]\n', '') } } });
    const page = await open(t, `${SANDBOX}?try=draft/${draft}`);
    await page.waitForFunction(() => document.querySelector('.new-run select')?.selectedOptions[0]?.textContent === 'draft “Without news”');
    await page.getByLabel('People', { exact: true }).fill('400');
    await page.getByRole('button', { name: 'Run it' }).click();
    await page.locator('[data-number="messages 1"]').waitFor({ timeout: 60_000 });
    const [job] = await jobs();
    assert.deepEqual([job.name, job.try, job.beside], ['draft “Without news” beside what is live', `draft/${draft}`, 'live']);
    const result = await ask(`/v1/jobs/${job.id}/result`);
    assert.ok(result.touches < result.other.touches, 'fewer are told something');
    assert.equal(await digits(page.locator('[data-number="messages 0"]')), String(result.touches));
    assert.equal(await digits(page.locator('[data-number="messages 1"]')), String(result.other.touches));
    await page.keyboard.press('c');
    await page.locator('.beside select').selectOption({ index: 1 });
    await page.locator('[data-number="messages 2"]').waitFor();
    await accessible(page, 'two runs beside each other');
    await page.getByRole('link', { name: 'Open the draft, to publish it' }).click();
    await page.waitForURL((u) => u.pathname.endsWith('/map') && u.searchParams.get('draft') === draft);
    await page.locator('.draft-bar').getByText('Without news').waitFor();
  });

  it('plays what really happened, and says for how many people something would be new', async (t) => {
    const page = await open(t, SANDBOX, { colorScheme: 'dark' });
    await page.getByRole('radio', { name: 'What really happened' }).check();
    await page.getByRole('button', { name: 'Run it' }).click();
    await page.locator('[data-number="newly anything"]').waitFor({ timeout: 60_000 });
    const [job] = await jobs();
    assert.equal(job.kind, 'backtest');
    const result = await ask(`/v1/jobs/${job.id}/result`);
    assert.equal(await digits(page.locator('[data-number="newly anything"]')), String(result.people_engaged.newly));
    assert.equal(await digits(page.locator('[data-number="messages 2"]')), String(result.happened.messages));
    await accessible(page, 'a backtest, in the dark');
    await page.screenshot({ path: join(SHOTS, 'console-backtest.png') });
    const [report] = await Promise.all([page.context().waitForEvent('page').catch(() => undefined), page.getByRole('link', { name: 'The whole report' }).click({ modifiers: ['Control'] })]);
    assert.ok(report === undefined || report.url().endsWith('/report'));
  });

  it('is stopped, and two browsers see it', async (t) => {
    const page = await open(t, SANDBOX);
    const watching = await open(t, SANDBOX);
    await watching.locator('.runs li').first().waitFor();
    const before = await watching.locator('.runs li').count();
    await page.getByLabel('People', { exact: true }).fill('100000');
    await page.getByLabel('Days', { exact: true }).fill('1100');
    await page.getByRole('button', { name: 'Run it' }).click();
    await page.getByRole('button', { name: 'Stop it' }).waitFor();
    await watching.waitForFunction((n) => document.querySelectorAll('.runs li').length === n + 1, before);
    await accessible(page, 'a run that goes on');
    await page.getByRole('button', { name: 'Stop it' }).click();
    await page.getByText('It was stopped.').waitFor();
    await watching.locator('.runs li').first().getByText('stopped').waitFor();
    assert.equal((await jobs())[0].state, 'stopped');
  });

  it('says what is wrong with a world where it is wrong, and that it waits for room', async (t) => {
    const page = await open(t, SANDBOX, { allow: ['422'] });
    await page.getByText('The world they live in').click();
    const world = page.getByLabel('The world', { exact: true });
    await world.fill(`${await world.inputValue()}\nwhatever: 3\n`);
    await page.getByRole('button', { name: 'Run it' }).click();
    await page.getByText(/a world has no field "whatever"/).waitFor();
    await page.getByLabel('People', { exact: true }).fill('0');
    await page.getByText('1 to 100000').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Run it' }).isDisabled());
  });
});
