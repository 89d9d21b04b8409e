// The settings in the console, in a real browser over a real demonstration: pauses, channels, the policy tester, staff.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

import { binary, eventually } from './attune.mjs';
import { accessible, ask, begin, end, open, SHOTS, the } from './console.mjs';
import { comes, workday } from './workday.mjs';

const run = promisify(execFile);
const SETTINGS = '/console/settings';
const cli = async (...args) => (await run(await binary(), [...args, '--data', the.data, '--json'], { maxBuffer: 1 << 26 })).stdout.trim().split('\n').map((line) => JSON.parse(line));
const digits = async (cell) => (await cell.textContent()).replace(/\D/g, '');
const sum = (of) => Object.values(of).reduce((a, b) => a + b, 0);

let files;
before(async () => {
  files = await workday();
  await begin({ people: 80, days: 60, programs: [files.dir] });
}, { timeout: 180_000 });
after(async () => {
  await end();
  await files?.away();
});

/** What stands in the browser beside the page. */
const kept = (page) => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));

describe('the settings', { timeout: 180_000 }, () => {
  it('pause all sending once the word is typed, and every screen of everybody says so until it goes on', async (t) => {
    const other = await open(t, '/console/people');
    await other.getByRole('heading', { level: 1, name: 'Patients' }).waitFor();
    const page = await open(t, '/console/today');
    await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    const overview = await ask('/v1/overview');
    await page.locator('[data-none]').waitFor();
    assert.equal(await digits(page.locator('[data-number="people"] dd')), String(overview.people));
    await accessible(page, 'health and pauses');
    await page.screenshot({ path: join(SHOTS, 'console-settings.png') });

    await page.getByRole('button', { name: 'Pause all sending' }).click();
    const dialog = page.getByRole('dialog');
    const channels = await ask('/v1/channels');
    assert.equal(await dialog.locator('[data-waits]').getAttribute('data-waits'), String(channels.reduce((n, c) => n + sum(c.due), 0)), 'what would wait is what is due');
    const pause = dialog.getByRole('button', { name: 'Pause all sending' });
    await dialog.getByLabel('Why? Everybody sees it.').fill('The words are wrong');
    assert.ok(await pause.isDisabled(), 'not before the word is typed');
    await dialog.getByLabel('Type PAUSE').fill('PAUS');
    assert.ok(await pause.isDisabled(), 'not with another word');
    await accessible(page, 'the question');
    await dialog.getByLabel('Type PAUSE').fill('pause');
    await pause.click();
    for (const p of [page, other]) await p.locator('[data-paused]').getByText(/^Everything is paused since .* by Demonstration: The words are wrong Nothing goes out/).waitFor();
    const [held] = await ask('/v1/pauses');
    assert.deepEqual([held.why, held.channel ?? '', held.program ?? ''], ['The words are wrong', '', '']);
    await page.locator('[data-pause=""]').waitFor();
    assert.ok(await page.locator('.settings-body').getByRole('button', { name: 'Pause all sending' }).isDisabled());

    await other.locator('[data-paused] a').click();
    await other.locator('[data-pause=""]').getByRole('button', { name: 'Let it go on' }).click();
    for (const p of [page, other]) await p.locator('[data-paused]').waitFor({ state: 'detached' });
    assert.deepEqual(await ask('/v1/pauses'), []);
  });

  it('ask at once where an address says so, and count what comes to wait while everything is paused', async (t) => {
    const waits = async () => (await ask('/v1/channels')).reduce((n, c) => n + sum(c.due) + c.later, 0);
    const page = await open(t, `${SETTINGS}/health?pause=true`);
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Why? Everybody sees it.').fill('We look first');
    await dialog.getByLabel('Type PAUSE').fill('PAUSE');
    await dialog.getByRole('button', { name: 'Pause all sending' }).click();
    await page.locator('[data-paused]').waitFor();
    assert.ok(!page.url().includes('pause=true'), 'loading it again does not ask again');
    const before = await waits();
    await comes('Ana', 'call');
    assert.equal(await eventually(waits, (n) => n === before + 1), before + 1, 'what comes waits');
    await page.waitForFunction((n) => ['due', 'later'].reduce((sum, x) => sum + Number(document.querySelector(`[data-number="${x}"] dd`).textContent), 0) === n, before + 1);
    await page.locator('[data-pause=""]').getByRole('button', { name: 'Let it go on' }).click();
    await page.locator('[data-none]').waitFor();
  });

  it('hold back a part, and others see it at once', async (t) => {
    const page = await open(t, `${SETTINGS}/health`);
    const other = await open(t, `${SETTINGS}/health`);
    await other.locator('[data-none]').waitFor();
    await page.getByRole('button', { name: 'Hold back a part' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Channel').selectOption('sms');
    await dialog.getByLabel('Why? Everybody sees it.').fill('The carrier asked for it');
    await dialog.getByRole('button', { name: 'Hold it back' }).click();
    for (const p of [page, other]) await p.locator('[data-pause="sms"]').waitFor();
    assert.equal(await other.locator('[data-paused]').count(), 0, 'a part is no pause of everything');
    assert.deepEqual((await ask('/v1/pauses')).map((p) => [p.channel, p.why]), [['sms', 'The carrier asked for it']]);
    await other.locator('[data-pause="sms"]').getByRole('button').click();
    await page.locator('[data-none]').waitFor();
  });

  it('test a channel, which ends in the carrier’s word or a plain reason', async (t) => {
    const page = await open(t, `${SETTINGS}/channels`);
    await page.getByRole('button', { name: 'Test email' }).click();
    await page.getByLabel('Your e-mail address').fill('kim@clinic.example');
    await page.getByRole('button', { name: 'Send it' }).click();
    await page.locator('[data-tried="no"]').getByText('the capture box takes all of it').waitFor();
    await accessible(page, 'a test of a channel');
    assert.equal(new URL(page.url()).search, '');
    const { items } = await ask('/v1/audit?what=channel.tested');
    const looked = items[0];
    assert.ok(looked !== undefined && !JSON.stringify(looked).includes('kim@'), 'it is recorded, without the address');
  });

  it('say what the server works with', async (t) => {
    const page = await open(t, `${SETTINGS}/server`);
    const s = await ask('/v1/settings');
    await page.getByRole('row', { name: `organisation ${s.organisation}` }).waitFor();
    await accessible(page, 'the server');
  });

  it('show each channel as the API has it', async (t) => {
    const page = await open(t, `${SETTINGS}/channels`, { colorScheme: 'dark' });
    await page.locator('[data-channel]').first().waitFor();
    const channels = await ask('/v1/channels');
    assert.deepEqual((await page.locator('[data-channel]').evaluateAll((all) => all.map((r) => r.dataset.channel))).sort(), channels.map((c) => c.channel).sort());
    for (const c of channels) if (c.capture_box) await page.locator(`[data-channel="${c.channel}"]`).getByText('the capture box takes it').waitFor();
    await accessible(page, 'channels, in the dark');
    await page.screenshot({ path: join(SHOTS, 'console-channels.png') });
  });

  it('say whether somebody may be told something, as the command line does, check by check', async (t) => {
    const page = await open(t, `${SETTINGS}/policy`, { timezoneId: 'UTC' });
    const { items: [{ person }] } = await ask('/v1/decisions?limit=1');
    await page.getByLabel('Whom').fill(person);
    await page.getByLabel('When, by this device’s clock').fill('2031-03-04T21:10');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.locator('[data-answers]').waitFor();
    const { contacts } = await ask(`/v1/people/${person}/may?at=2031-03-04T21:10:00Z`, { headers: { 'Attune-Purpose': 'treatment' } });
    const all = await cli('may', person, '--at', '2031-03-04T21:10:00Z');
    assert.deepEqual(contacts.map((c) => [c.engagement, c.channel, c.allowed]), all.map((c) => [c.engagement, c.channel, c.allowed]));
    assert.ok(contacts.length > 0);
    assert.equal(await page.locator('[data-answers]').getAttribute('data-answers'), String(contacts.length));
    for (const c of contacts) {
      const shown = page.locator(`[data-may="${c.program} ${c.engagement} ${c.channel}"]`);
      assert.equal(await shown.getAttribute('data-allowed'), String(c.allowed), c.engagement);
      assert.deepEqual(await shown.locator('[data-check]').evaluateAll((l) => l.map((x) => [x.dataset.check, x.dataset.stops])), c.checks.map((x) => [x.check, String((x.reason ?? '') !== '')]), 'each check, in order');
    }
    assert.ok(!page.url().includes(person), 'no address names anybody');
    await accessible(page, 'the policy tester');
    await page.screenshot({ path: join(SHOTS, 'console-policy.png') });
  });

  it('ask somebody in, change what they may, and end their access; the link stands nowhere else', async (t) => {
    const page = await open(t, `${SETTINGS}/roles`);
    const account = async () => (await ask('/v1/staff')).items.find((a) => a.email === 'kim@clinic.example');
    await page.getByRole('button', { name: 'Ask somebody in' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Kim Lee');
    await dialog.getByLabel('E-mail').fill('kim@clinic.example');
    await dialog.getByLabel('clinician', { exact: true }).check();
    await accessible(page, 'asking somebody in');
    await dialog.getByRole('button', { name: 'Ask them in' }).click();
    const link = await page.locator('[data-link]').textContent();
    assert.ok(link.startsWith(the.url), link);
    assert.deepEqual((await account()).roles, ['clinician']);
    assert.ok(!page.url().includes(link.split('/').at(-1)) && !(await kept(page)).includes(link));
    await page.keyboard.press('Escape');
    const row = page.locator('[data-account="kim@clinic.example"]');
    await row.getByText('has not come in yet').waitFor();
    assert.ok(!(await page.content()).includes(link), 'it is shown once');

    await row.getByRole('button', { name: 'Change' }).click();
    await page.getByRole('dialog').getByLabel('auditor', { exact: true }).check();
    await page.getByRole('dialog').getByRole('button', { name: 'Change it' }).click();
    await row.getByText('clinician, auditor').or(row.getByText('auditor, clinician')).waitFor();
    assert.deepEqual((await account()).roles.sort(), ['auditor', 'clinician']);

    await row.getByRole('button', { name: 'End access' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End access' }).click();
    await row.getByText('has no access').waitFor();
    assert.equal((await account()).disabled, true);
    await row.getByRole('button', { name: 'Give access back' }).click();
    await row.getByText('has not come in yet').waitFor();

    const roles = await ask('/v1/roles');
    assert.deepEqual(await page.locator('[data-role]').evaluateAll((l) => l.map((x) => [x.dataset.role, x.querySelectorAll('[data-permission]').length])), roles.map((r) => [r.role, r.may.length]), 'each role with all it may');
    await accessible(page, 'staff and roles');
    await page.screenshot({ path: join(SHOTS, 'console-staff.png') });
  });
});
