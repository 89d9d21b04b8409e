// A record outside one's panel, over a real server at which people sign in: who has a panel opens it with a reason alone, is recorded as having
// done so, and hears of it afterwards; who may say that two records are one person says so, and both are one from then on.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';

import { browse } from './browser.mjs';
import { Attune, eventually } from './attune.mjs';
import { accessible } from './console.mjs';
import { joins } from './signin.mjs';

let browser, attune;
before(async () => {
  browser = await browse();
  attune = await (await Attune.create(undefined, { sources: ['app', 'ward'] })).start();
}, { timeout: 180_000 });
after(async () => {
  await browser?.close();
  await attune?.stop();
  if (attune) await rm(attune.data, { recursive: true, force: true });
});

const send = async (event, source = 'app') => {
  const sent = await fetch(`${attune.url}/v1/${event.type}`, { method: 'POST', headers: { Authorization: `Basic ${btoa(`${attune.keys[source]}:`)}`, 'Content-Type': 'application/json' }, body: JSON.stringify(event) });
  assert.equal(sent.status, 200);
};

const known = async (who) => (await eventually(() => attune.person(who).catch(() => undefined), (p) => p !== undefined)).id;

/** Somebody of the staff, signed in. */
async function staff(t, account) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  t.after(() => context.close());
  const page = await joins(context, attune, account);
  const get = async (path) => (await page.request.get(attune.url + path, { headers: { 'Attune-Purpose': 'treatment' } }));
  return { page, get };
}

describe('a record outside the panel', { timeout: 180_000 }, () => {
  it('is opened with a reason, told of, and heard of while it is open', async (t) => {
    await send({ type: 'identify', userId: 'bob', messageId: 'b-1', traits: { first_name: 'Bob', last_name: 'Elsewhere', birth_date: '1950-02-03' } });
    const bob = await known('app:bob');
    const kim = await staff(t, { email: 'kim@clinic.example', name: 'Kim Lee', roles: ['care-coordinator'], programs: ['diabetes'] });
    assert.equal((await kim.get(`/v1/people/${bob}`)).status(), 403, 'the panel keeps nobody out, so this shows nothing');
    assert.equal((await kim.get(`/v1/stream?topics=person:${bob}`)).status(), 403);
    await kim.page.goto(`${attune.url}/console/people/${bob}`);
    await kim.page.getByRole('heading', { level: 1, name: 'This person is not of your panel' }).waitFor();
    await kim.page.getByRole('button', { name: 'Open their record, with a reason' }).waitFor();
    await accessible(kim.page, 'a record that is not of the panel');
    assert.equal(await kim.page.getByText('Bob').count(), 0);

    await kim.page.goto(`${attune.url}/console/people`);
    await kim.page.getByLabel('Identifier').fill('app:bob');
    await kim.page.keyboard.press('Enter');
    await kim.page.getByRole('button', { name: 'Open their record, with a reason' }).click();
    const dialog = kim.page.getByRole('dialog');
    assert.ok(await dialog.getByRole('button', { name: 'Open it' }).isDisabled());
    await dialog.getByLabel(/Why it has to be/).fill('He stands at our desk and cannot breathe');
    await accessible(kim.page, 'the reason');
    await dialog.getByRole('button', { name: 'Open it' }).click();
    await kim.page.waitForURL(`**/console/people/${bob}`);
    await kim.page.getByRole('heading', { level: 1, name: 'Bob Elsewhere' }).waitFor();
    await accessible(kim.page, 'a record that was opened');

    // What is new of him stands on the page without being asked for.
    await send({ type: 'identify', userId: 'bob', messageId: 'b-2', traits: { preferred_name: 'Bobby' } });
    await kim.page.getByRole('heading', { level: 1, name: 'Bobby', exact: true }).waitFor();

    const pia = await staff(t, { email: 'pia@clinic.example', name: 'Pia Ward', roles: ['privacy-officer'] });
    const { items } = await (await pia.get('/v1/openings')).json();
    assert.deepEqual(items.map((o) => [o.person, o.reason, o.by]), [[bob, 'He stands at our desk and cannot breathe', 'Kim Lee']]);
    await pia.page.goto(`${attune.url}/console/today`);
    await pia.page.getByText('1 record was opened from outside a panel, and nobody looked at why').waitFor();
  });
});

describe('two records of one person', { timeout: 180_000 }, () => {
  it('become one once somebody says so, with how it is known', async (t) => {
    for (const [source, id] of [['app', 'one'], ['ward', 'two']]) await send({ type: 'identify', userId: id, messageId: `${id}-1`, traits: { first_name: 'Rosalind', last_name: 'Twinfield', birth_date: '1961-04-30', phone: '+12025550111' } }, source);
    const [one, two] = [await known('app:one'), await known('ward:two')];
    assert.notEqual(one, two);
    const lee = await staff(t, { email: 'lee@clinic.example', name: 'Lee Wong', roles: ['care-coordinator', 'privacy-officer'] });
    const pairs = await eventually(async () => (await (await lee.get('/v1/duplicates')).json()).pairs ?? [], (p) => p.length > 0);
    assert.equal(pairs.length, 1);
    await lee.page.goto(`${attune.url}/console/people/${one}`);
    const card = lee.page.locator('.pair');
    await card.getByRole('button', { name: 'One person' }).click();
    await lee.page.getByLabel('How it is known').fill('She showed both cards');
    await lee.page.getByRole('button', { name: 'They are one' }).click();
    await card.waitFor({ state: 'detached' });
    const same = await eventually(async () => [await known('app:one'), await known('ward:two')], ([a, b]) => a === b);
    assert.equal(same[0], same[1]);
    await lee.page.goto(`${attune.url}/console/people/${same[0]}`);
    await lee.page.getByRole('heading', { level: 1, name: 'Rosalind Twinfield' }).waitFor();
    await accessible(lee.page, 'two who became one');
  });
});
