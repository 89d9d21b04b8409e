// Settings in the console, in a real browser over a real demonstration: channels, holding everything back, whether somebody may be contacted, and staff.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

import { binary } from './attune.mjs';
import { accessible, ask, begin, end, open, SHOTS, the } from './console.mjs';

before(() => begin({ people: 40, days: 60 }), { timeout: 180_000 });
after(end);

const attune = async (...words) => (await promisify(execFile)(await binary(), [...words, '--data', the.data, '--json'])).stdout.trim().split('\n').map((l) => JSON.parse(l));

describe('settings', { timeout: 180_000 }, () => {
  it('show how each channel does, and a test ends in the carrier’s word or a plain reason', async (t) => {
    const page = await open(t, '/console/today');
    await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    const channels = await ask('/v1/channels');
    await page.locator('[data-channel="email"]').waitFor();
    assert.deepEqual(await page.locator('[data-channel]').evaluateAll((all) => all.map((x) => x.dataset.channel)), channels.map((c) => c.channel));
    await accessible(page, 'channels');
    await page.screenshot({ path: join(SHOTS, 'console-settings.png') });
    await page.getByRole('button', { name: 'Test email' }).click();
    await page.getByLabel('Your e-mail address').fill('kim@clinic.example');
    await page.getByRole('button', { name: 'Send it' }).click();
    await page.locator('[data-tried="no"]').getByText('the capture box takes all of it').waitFor();
    await accessible(page, 'a test of a channel');
  });

  it('hold everything back by one typed word, which everybody sees on every screen until it goes on', async (t) => {
    const [page, other] = [await open(t, '/console/settings'), await open(t, '/console/programs/diabetes/journeys')];
    await other.getByRole('heading', { level: 1, name: 'Journeys' }).waitFor();
    await page.locator('[data-channel="email"]').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('textbox', { name: /^Find a moment/ }).fill('pause every');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Pause everything?' }).waitFor();
    await page.getByLabel('Why? Everybody sees it.').fill('We look at the words');
    const doIt = page.getByRole('dialog').getByRole('button', { name: 'Pause everything' });
    assert.ok(await doIt.isDisabled());
    await page.getByLabel('Type PAUSE to do it').fill('PAUSE');
    await accessible(page, 'pausing everything');
    await doIt.click();
    for (const p of [page, other]) await p.locator('[data-paused]').getByText(/^Everything is paused since .* by Demonstration: We look at the words Safety messages go on/).waitFor();
    const [pause] = await ask('/v1/pauses');
    assert.deepEqual([pause.why, pause.but_safety, pause.channel ?? ''], ['We look at the words', true, '']);
    await page.getByRole('button', { name: 'Let it go on everything' }).click();
    for (const p of [page, other]) await p.locator('[data-paused]').waitFor({ state: 'detached' });
    assert.deepEqual(await ask('/v1/pauses'), []);
  });

  it('tell whether somebody may be contacted, as the command line does, rule by rule', async (t) => {
    const person = (await ask('/v1/decisions?limit=1')).items[0].person;
    const page = await open(t, '/console/settings?part=contact', { colorScheme: 'dark' });
    await page.getByLabel('Whom? A name or an id').fill(person);
    await page.getByLabel('By').selectOption('email');
    await page.getByLabel('When (UTC); now without it').fill('2027-03-01T03:10');
    await page.getByRole('button', { name: 'May we?' }).click();
    await page.locator('[data-may]').first().waitFor();
    const told = await attune('may', person, '--channel', 'email', '--at', '2027-03-01T03:10:00Z');
    assert.ok(told.length > 3);
    assert.deepEqual(await page.locator('[data-may]').evaluateAll((all) => all.map((x) => x.dataset.may)), told.map((m) => `${m.engagement} ${m.channel} ${m.allowed}`));
    await page.locator('.mays summary').first().click();
    assert.equal(await page.locator('.mays li').first().locator('ol li').count(), told[0].checks.length);
    await accessible(page, 'whether somebody may be contacted, in the dark');
    assert.equal(new URL(page.url()).search, '?part=contact', 'nobody stands in the address');
    const name = (await ask(`/v1/people/${person}`, { headers: { 'Attune-Purpose': 'treatment' } })).name;
    if (name !== undefined && name !== '') {
      await page.getByLabel('Whom? A name or an id').fill(name);
      await page.getByRole('button', { name: 'May we?' }).click();
      await page.locator('[data-may], .found-list li').first().waitFor();
      assert.equal(new URL(page.url()).search, '?part=contact', 'nor does a name');
    }
  });

  it('invite staff by a link that is shown once, change what they may do, and let them in no more', async (t) => {
    const page = await open(t, '/console/settings?part=staff');
    await page.getByText('Nobody has an account yet.', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Kim Lee');
    await page.getByRole('textbox', { name: 'E-mail', exact: true }).fill('kim@clinic.example');
    await page.getByRole('checkbox', { name: /^clinician/ }).check();
    await accessible(page, 'inviting somebody');
    await page.getByRole('button', { name: 'Invite', exact: true }).click();
    const link = await page.locator('.secret').textContent();
    assert.ok(link.startsWith(the.url), link);
    await page.keyboard.press('Escape');
    await page.locator('[data-account="kim@clinic.example"]').getByText('clinician').waitFor();
    const kim = async () => (await ask('/v1/staff')).items.find((a) => a.email === 'kim@clinic.example');
    assert.deepEqual((await kim()).roles, ['clinician']);
    await page.getByRole('button', { name: 'Change Kim Lee' }).click();
    await page.getByRole('checkbox', { name: /^auditor/ }).check();
    await page.getByRole('button', { name: 'Give these roles' }).click();
    await page.locator('[data-account="kim@clinic.example"]').getByText(/auditor/).waitFor();
    assert.deepEqual((await kim()).roles.toSorted(), ['auditor', 'clinician']);
    await page.getByRole('button', { name: 'Change Kim Lee' }).click();
    await page.getByRole('button', { name: 'Let them sign in no more' }).click();
    await page.locator('[data-account="kim@clinic.example"]').getByText('disabled').waitFor();
    assert.equal((await kim()).disabled, true);
    assert.equal(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage })).then((s) => s.includes('kim') || s.includes(link)), false);
    await accessible(page, 'staff and roles');
  });

  it('say what the server works with, and in which languages programs speak', async (t) => {
    const page = await open(t, '/console/settings?part=server');
    const s = await ask('/v1/settings');
    await page.getByRole('row', { name: `organisation ${s.organisation}` }).waitFor();
    await accessible(page, 'the server');
  });
});
