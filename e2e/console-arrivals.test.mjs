// What arrives, in a real browser over a real demonstration: a source is made, heard, refused and mended, and ends; all of it without anybody's name.
import { Analytics } from '@segment/analytics-node';
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { accessible, ask, begin, end, open, SHOTS, the } from './console.mjs';

before(() => begin({ people: 60, days: 60 }), { timeout: 180_000 });
after(end);

const send = (key, body) => fetch(`${the.url}/v1/track`, { method: 'POST', headers: { Authorization: `Basic ${btoa(`${key}:`)}`, 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
const arriving = () => ask('/v1/arrivals/now');
const part = (page, name) => page.getByRole('radio', { name, ...(typeof name === 'string' ? { exact: true } : {}) }).check();
const line = (page, became, text) => page.locator(`.tail tr[data-became="${became}"]`, { hasText: text }).first();
const secrets = [];

/** Fails where a key stands anywhere but in front of who made it. */
async function kept(page, key) {
  assert.ok(!page.url().includes(key), 'the key is in the address');
  const stored = await page.evaluate(async () => JSON.stringify([{ ...globalThis.localStorage }, { ...globalThis.sessionStorage }, document.cookie, (await globalThis.indexedDB.databases()).length]));
  assert.ok(!stored.includes(key), 'the key is in the browser');
  assert.ok(!the.output().includes(key), 'the key is in the log');
  for (const entry of await readdir(the.data, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) assert.ok(!(await readFile(join(entry.parentPath, entry.name))).includes(key), `the key is in ${entry.name}`);
  }
}

/** The numbers of each source on the screen are the API's. What comes between two looks is looked at again. */
async function counted(page) {
  const fields = ['today', 'taken', 'repeated', 'undeclared', 'quarantined', 'waiting', 'ever'];
  const told = async () => Object.fromEntries(Object.entries((await arriving()).sources).map(([name, s]) => [name, fields.map((f) => s[f])]));
  const shown = () => page.locator('tr[data-source]').evaluateAll((rows, all) => Object.fromEntries(rows.map((r) => [r.dataset.source, all.map((f) => Number(r.querySelector(`[data-of="${f}"]`).textContent.replaceAll(',', '')))])), fields);
  for (let k = 0; ; k++) {
    const [screen, api] = [await shown(), await told()];
    if (k === 20) assert.deepEqual(screen, api);
    else if (JSON.stringify(Object.entries(screen).sort()) === JSON.stringify(Object.entries(api).sort())) return;
    await page.waitForTimeout(300);
  }
}

describe('arrivals', { timeout: 180_000 }, () => {
  it('a source is made by keys, and what it sends is seen as it comes', async (t) => {
    const page = await open(t, '/console/today');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.getByRole('heading', { name: 'Arrivals', level: 1 }).waitFor();
    await page.keyboard.press('n');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('portal');
    await dialog.getByLabel('Whose identifiers it sends').fill('demo');
    await accessible(page, 'a new source');
    await page.screenshot({ path: join(SHOTS, 'console-arrivals-new.png') });
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    const key = await dialog.locator('[data-key]').textContent();
    assert.match(key, /^wk_[a-z2-7]{32}$/);
    secrets.push(key);
    assert.ok((await dialog.getByLabel('A line that sends an event').textContent()).includes(`curl -u '${key}:' ${the.url}/v1/track`));
    await accessible(page, 'a key that was made');
    await page.screenshot({ path: join(SHOTS, 'console-arrivals-key.png') });
    await dialog.getByRole('button', { name: 'I have it' }).click();
    await page.locator('tr[data-source="portal"]').waitFor();
    assert.ok(!(await page.content()).includes(key), 'the key is shown twice');

    await part(page, 'Live');
    await page.locator('.live[data-live="live"]').waitFor();
    await page.evaluate(() => { globalThis.never = 'loaded again'; });
    const sdk = new Analytics({ host: the.url, writeKey: key, flushAt: 1 });
    sdk.identify({ userId: 'arriver-1', traits: { first_name: 'Zelma', last_name: 'Parkwell' } });
    sdk.track({ userId: 'arriver-1', event: 'portal.visited' });
    await sdk.closeAndFlush({ timeout: 20_000 });
    await line(page, 'taken', 'portal.visited').filter({ hasText: 'portal' }).waitFor();
    assert.equal((await send(key, { userId: 'arriver-1', event: 'medication.dispensed', properties: { days_supply: 'thirty' } })).status, 200);
    const bad = line(page, 'quarantined', 'medication.dispensed');
    await bad.waitFor();
    assert.match(await bad.textContent(), /days_supply: found text where integer is declared/);
    await send(key, { userId: 'arriver-1', event: 'parking.used', messageId: 'p-1', properties: { minutes: 12 } });
    await send(key, { userId: 'arriver-1', event: 'parking.used', messageId: 'p-1', properties: { minutes: 12 } });
    await line(page, 'undeclared', 'parking.used').waitFor();
    await line(page, 'repeated', 'parking.used').waitFor();
    for (const of of ['arriver-1', 'Zelma', 'Parkwell']) assert.ok(!(await page.locator('main').textContent()).includes(of), 'whose event it is, is shown');
    await accessible(page, 'the newest arrivals');
    await page.screenshot({ path: join(SHOTS, 'console-arrivals-live.png') });

    // Paused, nothing moves; filtered, it is one source's.
    await page.keyboard.press('p');
    const was = await page.locator('.tail tbody tr').count();
    await send(key, { userId: 'arriver-1', event: 'portal.visited', messageId: 'while-paused' });
    await page.waitForTimeout(1500);
    assert.equal(await page.locator('.tail tbody tr').count(), was);
    await page.keyboard.press('p');
    await page.getByLabel('Source', { exact: true }).selectOption('portal');
    const api = Object.entries((await arriving()).lines).sort(([a], [b]) => b - a).map(([, l]) => l).filter((l) => l.source === 'portal');
    await page.waitForFunction((n) => document.querySelectorAll('.tail tbody tr').length === n, api.length);
    assert.deepEqual(await page.locator('.tail tbody th').allTextContents(), api.map((l) => l.event));
    await part(page, 'Sources');
    await page.waitForTimeout(1500); // what came is applied
    await counted(page);
    await accessible(page, 'sources');
    await page.screenshot({ path: join(SHOTS, 'console-arrivals.png') });
    assert.equal(await page.evaluate(() => globalThis.never), 'loaded again');
    await kept(page, key);
  });

  it('an unknown event is declared in a draft, and what waited for it is sent again, and found in the person’s story', async (t) => {
    const made = await ask('/v1/sources', { method: 'POST', body: { source: 'kiosk', system: 'demo', purposes: ['service'] } });
    secrets.push(made.write_key);
    assert.equal((await send(made.write_key, { userId: 'arriver-1', event: 'parking.used', messageId: 'k-1', properties: { minutes: 45 } })).status, 200);
    const page = await open(t, '/console/arrivals?part=unknown');
    const row = page.locator('tr[data-event="parking.used"]');
    await row.waitFor();
    const known = (await ask('/v1/arrivals?limit=500')).items.find((a) => a.name === 'parking.used');
    assert.deepEqual([known.source, known.times, known.properties], ['portal', 1, [{ name: 'minutes', types: { integer: 1 } }]]);
    assert.equal(await row.locator('[data-of="times"]').textContent(), '1');
    assert.match(await row.textContent(), /minutes.*integer 1/);
    await accessible(page, 'unknown events');
    await page.screenshot({ path: join(SHOTS, 'console-arrivals-unknown.png') });
    await row.locator('th').focus();
    await page.keyboard.press('d');
    const dialog = page.getByRole('dialog', { name: 'Declare parking.used' });
    await dialog.getByLabel('What happened, in one sentence for people').fill('The person used the car park.');
    assert.equal(await dialog.getByLabel('Type of minutes').inputValue(), 'integer');
    await dialog.getByLabel('How much minutes tells').selectOption('plain');
    await accessible(page, 'declaring an event');
    await page.screenshot({ path: join(SHOTS, 'console-arrivals-declare.png') });
    await dialog.getByRole('button', { name: 'Declare it in the draft' }).click();
    const into = page.getByRole('dialog', { name: 'parking.used is in the draft' });
    const link = await into.getByRole('link', { name: 'Open the draft, to publish it' }).getAttribute('href');
    assert.match(await into.getByLabel('What was added').textContent(), /parking\.used:\s+says: "The person used the car park\."\s+fields:\s+minutes: \{type: integer, sensitivity: plain\}/);
    await accessible(page, 'what was declared');

    // As long as it is not published, the kiosk's event waits.
    await into.getByRole('button', { name: 'Close' }).last().click();
    await part(page, /^Quarantine/);
    const waits = page.locator('article[data-source="kiosk"]');
    await waits.waitFor();
    const reasons = (await ask('/v1/quarantine/reasons')).items;
    assert.deepEqual((await page.locator('.reason [data-of="events"]').allTextContents()).map(Number), reasons.map((r) => r.events));
    await waits.getByRole('button', { name: 'Send all again' }).click();
    await page.getByText(/None was taken in\. 1 still cannot be used: name: the event is not declared/).waitFor();

    const draft = new URL(link, the.url).searchParams.get('draft');
    const read = await fetch(`${the.url}/v1/drafts/${draft}`);
    const published = await fetch(`${the.url}/v1/drafts/${draft}/publish`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'If-Match': read.headers.get('ETag') }, body: '{}' });
    assert.equal(published.status, 201, await published.clone().text());
    await waits.getByRole('button', { name: 'Send all again' }).click();
    await page.getByText('1 event was taken in.').waitFor();
    await waits.waitFor({ state: 'detached' });
    await page.screenshot({ path: join(SHOTS, 'console-arrivals-sent.png') });
    await part(page, 'Unknown events');
    await row.getByText('declared by now').waitFor();

    const quoted = { headers: { 'Attune-Purpose': 'treatment' } };
    const [{ person }] = (await ask('/v1/people/search', { method: 'POST', body: { id: 'demo:arriver-1' }, ...quoted })).people;
    const told = async () => (await ask(`/v1/people/${person}/story?last=500`, quoted)).lines.filter((l) => l.event === 'parking.used');
    let lines = await told();
    for (let k = 0; k < 50 && lines.length < 2; k++) { await page.waitForTimeout(100); lines = await told(); }
    assert.equal(lines.length, 2, 'once from the portal, once from the kiosk');
    assert.equal((await arriving()).sources.kiosk.ever, 1);
    // Sent once more, it counts once.
    const again = await ask('/v1/quarantine/retry', { method: 'POST', body: { source: 'kiosk' } });
    assert.deepEqual([again.taken, again.still], [0, []]);
    await page.goto(`${the.url}/console/people/${person}`);
    await page.getByText(/parking\.used/).first().waitFor();
  });

  it('one in quarantine is opened without its key, still cannot be used, and is dropped with a reason', async (t) => {
    const [key] = secrets;
    await fetch(`${the.url}/v1/track`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ writeKey: key, userId: 'arriver-1', event: 'medication.dispensed', properties: { days_supply: 'many' } }) });
    const page = await open(t, '/console/arrivals?part=quarantine&source=portal');
    const reason = page.locator('article[data-source="portal"]');
    await reason.waitFor();
    assert.equal(await reason.locator('[data-of="events"]').textContent(), '2');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await reason.locator('tbody tr').nth(1).waitFor();
    const listed = (await ask('/v1/quarantine?source=portal')).items;
    assert.deepEqual(await reason.locator('tbody tr').evaluateAll((rows) => rows.map((r) => r.dataset.event)), listed.map((q) => q.event));
    await accessible(page, 'the quarantine');
    await page.screenshot({ path: join(SHOTS, 'console-arrivals-quarantine.png') });
    await reason.getByRole('button', { name: 'Open' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'As it came' });
    await dialog.getByText('"days_supply": "many"').waitFor();
    assert.ok(!(await page.content()).includes(key), 'the key is shown');
    assert.match(await dialog.textContent(), /That you looked is recorded\. About p[0-9a-z]{26}/);
    await accessible(page, 'an event as it came');
    await page.screenshot({ path: join(SHOTS, 'console-arrivals-opened.png') });
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const looks = (await ask('/v1/audit?what=quarantine.read')).items;
    assert.equal(looks.length, 1);
    await reason.getByRole('button', { name: 'Send again' }).first().click();
    await page.getByText(/None was taken in\. 1 still cannot be used: days_supply/).waitFor();
    await reason.getByRole('button', { name: 'Drop all' }).click();
    const drop = page.getByRole('dialog', { name: 'Drop 2 events?' });
    await drop.getByLabel('Why they are not needed').fill('Test data of the portal.');
    await drop.getByRole('button', { name: 'Drop', exact: true }).click();
    await page.getByText('2 events were dropped.').waitFor();
    await page.getByRole('heading', { name: 'Nothing is in quarantine' }).waitFor();
    assert.deepEqual((await ask('/v1/quarantine/reasons')).items.filter((r) => r.source === 'portal'), []);
    await kept(page, key);
  });

  it('a key is replaced without a gap, and a source that is revoked is refused', async (t) => {
    const [old] = secrets;
    const page = await open(t, '/console/arrivals', { allow: [] });
    const row = page.locator('tr[data-source="portal"]');
    await row.getByRole('button', { name: 'Replace' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Make the new key' }).click();
    const key = await dialog.locator('[data-key]').textContent();
    await dialog.getByRole('button', { name: 'I have it' }).click();
    await row.getByText('2 keys').waitFor();
    const visit = (k) => send(k, { userId: 'arriver-1', event: 'portal.visited' });
    assert.deepEqual([(await visit(old)).status, (await visit(key)).status], [200, 200]);
    await row.getByRole('button', { name: 'Replace' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take the older keys away' }).click();
    await row.getByText('2 keys').waitFor({ state: 'detached' });
    assert.deepEqual([(await visit(old)).status, (await visit(key)).status], [401, 200]);
    await row.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog', { name: 'Revoke portal?' }).getByText(/Its key ends\. From the next second on/).waitFor();
    await accessible(page, 'revoking a source');
    await page.screenshot({ path: join(SHOTS, 'console-arrivals-revoke.png') });
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await row.getByText('no key here').waitFor();
    assert.equal((await visit(key)).status, 401);
    assert.deepEqual((await ask('/v1/sources')).filter((s) => s.name === 'portal'), []);
    await kept(page, key);
  });

  it('are for dark rooms and narrow screens', async (t) => {
    await send(the.key, { userId: 'arriver-2', event: 'medication.dispensed', properties: { days_supply: 'thirty' } });
    await send(the.key, { userId: 'arriver-2', event: 'locker.opened', properties: { number: 4, by: 'code' } });
    for (const [name, options] of [['dark', { colorScheme: 'dark' }], ['1280', { viewport: { width: 1280, height: 800 } }], ['small', { viewport: { width: 390, height: 844 } }]]) {
      const page = await open(t, '/console/arrivals', options);
      for (const [p, ready] of [['sources', 'tr[data-source]'], ['live', '.tail tbody tr'], ['unknown', 'tr[data-event="locker.opened"]'], ['quarantine', 'article.reason']]) {
        await page.goto(`${the.url}/console/arrivals?part=${p}`);
        await page.locator(ready).first().waitFor();
        await accessible(page, `${p}, ${name}`);
        await page.screenshot({ path: join(SHOTS, `console-arrivals-${p}-${name}.png`) });
      }
    }
  });
});
