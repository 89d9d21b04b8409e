// Patients in the console, in a real browser over a real demonstration: found, opened, and seen whole.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { accessible, ask, begin, end, open, SHOTS, the } from './console.mjs';

const headers = { 'Attune-Purpose': 'treatment' };

before(() => begin({ people: 120, days: 90 }), { timeout: 180_000 });
after(end);

/** Somebody to whom something was sent lately. */
const somebody = async () => (await ask('/v1/decisions?outcome=sent&program=rheumatoid_referral&limit=1')).items[0].person;
const state = (person) => ask(`/v1/people/${person}`, { headers });
const story = (person, last = 200) => ask(`/v1/people/${person}/story?last=${last}`, { headers });
const send = async (event, key = the.key) => {
  const sent = await fetch(`${the.url}/v1/${event.type}`, { method: 'POST', headers: { Authorization: `Basic ${btoa(`${key}:`)}`, 'Content-Type': 'application/json' }, body: JSON.stringify(event) });
  assert.equal(sent.status, 200);
};

describe('patients', { timeout: 180_000 }, () => {
  it('are found by what one knows of them, which stands in no address, and nobody is listed before', async (t) => {
    const person = await somebody();
    const { traits } = await state(person);
    const page = await open(t, '/console/today');
    await page.locator('.today').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('p');
    await page.getByRole('heading', { level: 1, name: 'Patients' }).waitFor();
    assert.equal(await page.locator('.found li').count(), 0);
    assert.ok(await page.getByRole('button', { name: 'Find', exact: true }).isDisabled());
    await page.keyboard.press('/');
    await page.keyboard.type(`${traits.first_name} ${traits.last_name}`);
    await page.getByLabel('Born').fill(traits.birth_date);
    await page.keyboard.press('Enter');
    await page.locator(`[data-person="${person}"]`).waitFor();
    const { people } = await ask('/v1/people/search', { method: 'POST', headers, body: { name: `${traits.first_name} ${traits.last_name}`, born: traits.birth_date } });
    assert.deepEqual(await page.locator('.found button').evaluateAll((all) => all.map((b) => b.dataset.person)), people.map((p) => p.person));
    await accessible(page, 'the search');
    await page.getByLabel('Name').fill('Nobody Whatsoever-Zzz');
    await page.keyboard.press('Enter');
    await page.locator('[data-found="0"]').waitFor();
    await page.getByLabel('Name').fill('');
    await page.getByLabel('Born').fill('');
    await page.getByLabel('Identifier').fill(person);
    await page.keyboard.press('Enter');
    await page.locator(`[data-person="${person}"]`).click();
    await page.waitForURL(`**/console/people/${person}`);
    await page.locator('.timeline li').first().waitFor();
    for (const known of [traits.first_name, traits.last_name, traits.birth_date]) assert.ok(!decodeURIComponent(page.url()).includes(known));
    assert.deepEqual(await page.evaluate(() => [Object.keys(sessionStorage).filter((k) => !/colou?r/i.test(k)), Object.keys(localStorage).filter((k) => !/colou?r/i.test(k))]), [[], []]);
  });

  it('are seen as the record has them: where they are, what they were told word for word, and what for', async (t) => {
    const person = await somebody();
    const [is, told] = [await state(person), await story(person)];
    const page = await open(t, `/console/people/${person}`);
    await page.locator('.timeline li').first().waitFor();
    assert.ok((await page.locator('h1').textContent()).includes(is.traits.preferred_name ?? is.traits.first_name));
    assert.equal(await page.locator('[data-program]').count(), is.programs.length);
    assert.equal(await page.locator('.timeline li').count(), told.lines.length);
    await page.keyboard.press('2');
    await page.waitForURL((u) => u.searchParams.get('show') === 'told');
    const sent = told.lines.filter((l) => l.body !== undefined).reverse();
    assert.ok(sent.length > 0);
    assert.deepEqual(await page.locator('.as-sent pre').evaluateAll((all) => all.map((e) => e.textContent)), sent.map((l) => l.body), 'each message is word for word what went out');
    const touch = (await ask(`/v1/decisions?outcome=sent&person=${person}&limit=1`)).items[0].touch;
    const { attempts } = await ask(`/v1/touches/${touch}?person=${person}`, { headers });
    assert.equal(await page.locator('.as-sent pre').first().textContent(), attempts.at(-1).body);
    await accessible(page, 'a patient');
    await page.screenshot({ path: join(SHOTS, 'console-person.png') });
    await page.keyboard.press('y');
    await page.waitForURL(`**/console/decisions/of/${person}`);
  });

  it('speak in their own words, and what is so no longer is not said', async (t) => {
    await send({ type: 'identify', userId: 'walks-again', messageId: 'w-0', traits: { first_name: 'Asha', last_name: 'Marketwalker', preferred_name: 'Ash', name_spoken: 'ASH', pronouns: 'she/her' } });
    await send({ type: 'track', userId: 'walks-again', messageId: 'w-1', event: 'symptoms.reported', properties: { joints: 'few' } });
    await send({ type: 'track', userId: 'walks-again', messageId: 'w-2', event: 'story.told', properties: { fact: 'goal', text: 'I want to walk to the market again', by: 'nurse Joan' } });
    let found;
    for (let n = 0; n < 100 && found === undefined; n++) {
      found = (await ask('/v1/people/search', { method: 'POST', headers, body: { name: 'Asha Marketwalker' } })).people?.[0]?.person;
      if (found === undefined) await new Promise((r) => setTimeout(r, 100));
    }
    assert.ok(found !== undefined, 'who told of it is not found');
    const page = await open(t, `/console/people/${found}`, { colorScheme: 'dark' });
    await page.locator('.own blockquote').getByText('I want to walk to the market again').waitFor();
    await page.locator('.own').getByText(/told nurse Joan/).waitFor();
    await page.getByRole('heading', { level: 1, name: 'Ash', exact: true }).waitFor();
    await page.getByText('said “ASH”').waitFor();
    await accessible(page, 'a patient, in the dark');
    await page.setViewportSize({ width: 390, height: 800 });
    await accessible(page, 'a patient on a telephone');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is sideways');
    await page.screenshot({ path: join(SHOTS, 'console-person-390.png') });
  });

  it('are left alone from their page, with what for and what follows, and no more once it is over', async (t) => {
    const person = await somebody();
    const page = await open(t, `/console/people/${person}`);
    await page.locator('.timeline li').first().waitFor();
    await page.keyboard.press('h');
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/No program says anything to them meanwhile/).waitFor();
    await dialog.getByLabel('What there is to remember').fill('Her mother died');
    await accessible(page, 'leaving somebody alone');
    await page.emulateMedia({ colorScheme: 'dark' });
    await accessible(page, 'leaving somebody alone, in the dark');
    await dialog.getByRole('button', { name: 'Leave alone' }).click();
    const held = page.locator('[data-hold="bereavement"]');
    await held.getByText('until somebody says that it is over').waitFor();
    assert.deepEqual((await state(person)).holds.map((h) => [h.hold, h.until]), [['bereavement', 'never']]);
    await dialog.waitFor({ state: 'detached' });
    await accessible(page, 'somebody who is left alone');
    await page.screenshot({ path: join(SHOTS, 'console-person-held.png') });
    await held.getByRole('button', { name: 'It is over' }).click();
    await dialog.getByRole('button', { name: 'It ended' }).click();
    await held.waitFor({ state: 'detached' });
    assert.deepEqual((await state(person)).holds, []);
  });

  it('are written about: a note, and a call, which stand in what happened for who may read them', async (t) => {
    const person = await somebody();
    const page = await open(t, `/console/people/${person}`);
    await page.locator('.timeline li').first().waitFor();
    await page.keyboard.press('n');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('What there is to know').fill('Prefers to be rung before noon, <since> she works late');
    await accessible(page, 'writing something down');
    await page.emulateMedia({ colorScheme: 'dark' });
    await accessible(page, 'writing something down, in the dark');
    await page.screenshot({ path: join(SHOTS, 'console-person-note.png') });
    await dialog.getByRole('button', { name: 'Write', exact: true }).click();
    await page.locator('.timeline blockquote').getByText('Prefers to be rung before noon, <since> she works late').waitFor();
    await dialog.waitFor({ state: 'detached' });
    await accessible(page, 'somebody with a note');
    await page.keyboard.press('n');
    await dialog.getByLabel('What it is').selectOption('call');
    await dialog.getByLabel('Minutes, if you know').fill('12');
    await dialog.getByLabel('What there is to know').fill('Sleeps better');
    await dialog.getByRole('button', { name: 'Write', exact: true }).click();
    await page.locator('.timeline li', { hasText: 'Sleeps better' }).waitFor();
    assert.equal(await page.locator('.timeline').getByText('Sleeps better').count(), 1, 'it is said once');
    const { lines } = await story(person);
    assert.deepEqual(lines.filter((l) => ['note.written', 'call.held'].includes(l.event) && ['Sleeps better', 'Prefers to be rung before noon, <since> she works late'].includes(l.words)).map((l) => l.event), ['note.written', 'call.held']);
  });

  it('are as new as their record, without anybody asking, and what is being written stays', async (t) => {
    const person = await somebody();
    const page = await open(t, `/console/people/${person}`);
    await page.locator('.timeline li').first().waitFor();
    await page.keyboard.press('n');
    const said = page.getByRole('dialog').getByLabel('What there is to know');
    await said.fill('Half a sentence');
    await ask(`/v1/people/${person}/notes`, { method: 'POST', headers, body: { kind: 'note', text: 'A colleague wrote this meanwhile' } });
    await page.locator('.timeline blockquote').getByText('A colleague wrote this meanwhile').waitFor();
    assert.equal(await said.inputValue(), 'Half a sentence');
    assert.ok(await said.evaluate((e) => e === document.activeElement), 'the focus stays');
  });

  it('who may be one person are kept apart by who knows, with how it is known', async (t) => {
    const ward = (await ask('/v1/sources', { method: 'POST', body: { source: 'ward' } })).write_key;
    for (const [id, key] of [['twin-1', the.key], ['twin-2', ward]]) await send({ type: 'identify', userId: id, messageId: `${id}-i`, traits: { first_name: 'Rosalind', last_name: 'Twinfield', birth_date: '1961-04-30', phone: '+12025550111' } }, key);
    let pairs = [];
    for (let n = 0; n < 150 && pairs.length === 0; n++) {
      pairs = (await ask('/v1/duplicates', { headers })).pairs.filter((p) => p.one.name.includes('Twinfield'));
      if (pairs.length === 0) await new Promise((r) => setTimeout(r, 200));
    }
    assert.equal(pairs.length, 1, 'they are not found to be alike');
    const page = await open(t, `/console/people/${pairs[0].one.person}`);
    const card = page.locator('.pair');
    await card.waitFor();
    await card.getByRole('button', { name: 'Two people' }).click();
    await page.getByLabel('How it is known').fill('They stood here together');
    await accessible(page, 'keeping two apart');
    await page.getByRole('button', { name: 'They are two' }).click();
    await card.waitFor({ state: 'detached' });
    assert.deepEqual((await ask('/v1/duplicates?state=different', { headers })).pairs.map((p) => p.note), ['They stood here together']);
  });

  it('can be looked for by everybody, in the dark and on a telephone', async (t) => {
    const page = await open(t, '/console/people', { colorScheme: 'dark', viewport: { width: 390, height: 800 } });
    await page.getByRole('heading', { level: 1, name: 'Patients' }).waitFor();
    await accessible(page, 'the search, in the dark on a telephone');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is sideways');
  });
});
