// Decisions in the console, in a real browser over a real demonstration: listed as they happen, taken apart, made again, and told to the patient.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { accessible, ask, begin, end, open, SHOTS, the } from './console.mjs';

before(() => begin({ people: 60, days: 60 }), { timeout: 180_000 });
after(end);

const rows = (page) => page.locator('.fates tbody tr');
const newest = async (query) => (await ask(`/v1/decisions?limit=50&${query}`)).items;
const shows = async (page, items) => {
  await page.locator(`[data-shown="${items.length}"]`).waitFor();
  assert.deepEqual(await page.locator('.fates tbody td:nth-child(3)').allTextContents(), items.map((f) => `${f.engagement} ${f.program}`));
  assert.deepEqual(await page.locator('.fates tbody td:last-child').allTextContents(), items.map((f) => f.says ?? ''));
};
const wake = async (who, event) => {
  const sent = await fetch(`${the.url}/v1/batch`, { method: 'POST', headers: { Authorization: `Basic ${btoa(`${the.key}:`)}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ batch: [
    { type: 'identify', userId: who, traits: { first_name: 'Ana', email: `${who}@people.example`, timezone: 'UTC', language: 'en' } },
    { type: 'track', userId: who, event, properties: { joints: 'few' } },
  ] }) });
  assert.equal(sent.status, 200);
};

/** All that the API reads of some people: a test of the server compares every byte of its folder. */
const everything = async (people) => JSON.stringify(await Promise.all(people.flatMap((p) => [ask(`/v1/people/${p}`, { headers: { 'Attune-Purpose': 'treatment' } }), ask(`/v1/people/${p}/story?last=5000`, { headers: { 'Attune-Purpose': 'treatment' } }), ask(`/v1/people/${p}/decisions?last=100`, { headers: { 'Attune-Purpose': 'treatment' } })])));

describe('decisions', { timeout: 180_000 }, () => {
  it('are listed as the API tells them, and filtered by keys and by fields, with nobody’s name in the address', async (t) => {
    const page = await open(t, '/console/decisions');
    await page.getByRole('button', { name: /^Pause/ }).click();
    await shows(page, await newest(''));
    await accessible(page, 'the list of decisions');
    await page.screenshot({ path: join(SHOTS, 'console-decisions.png') });
    await page.keyboard.press('v');
    const vetoed = await newest('outcome=vetoed');
    assert.ok(vetoed.length > 3);
    await shows(page, vetoed);
    await page.keyboard.press('v');
    await page.getByLabel('Engagement').selectOption(vetoed[0].engagement);
    await shows(page, await newest(`engagement=${vetoed[0].engagement}`));
    await page.getByLabel('Engagement').selectOption('');
    const day = (days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
    await page.getByLabel('From').fill(day(9));
    await page.keyboard.press('Enter');
    await page.getByLabel('Up to').fill(day(4));
    await page.keyboard.press('Enter');
    const between = await newest(`from=${day(9)}T00:00:00Z&to=${day(4)}T23:59:59.999Z`);
    assert.ok(between.length > 0);
    await shows(page, between);
    for (const label of ['From', 'Up to']) {
      await page.getByLabel(label).fill('');
      await page.keyboard.press('Enter');
    }
    await page.getByLabel('Person: an id or a name').fill(vetoed[0].person);
    await page.keyboard.press('Enter');
    await shows(page, await newest(`person=${vetoed[0].person}`));
    const { name } = (await ask('/v1/people/search', { method: 'POST', body: { id: vetoed[0].person }, headers: { 'Attune-Purpose': 'treatment' } })).people[0];
    await page.getByLabel('Person: an id or a name').fill(name);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Who is meant?' }).getByLabel('Person').selectOption(vetoed[0].person);
    await page.getByRole('button', { name: 'Show what was decided' }).click();
    await shows(page, await newest(`person=${vetoed[0].person}`));
    assert.ok(!decodeURIComponent(page.url()).includes(name.split(' ')[0]), 'a name is in the address');
    // Older ones come behind, and each line once.
    await page.goto(`${the.url}/console/decisions?outcome=sent`);
    await page.getByRole('button', { name: 'Look further back' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.fates tbody tr').length > 50);
    const first = await ask('/v1/decisions?limit=50&outcome=sent');
    const second = await ask(`/v1/decisions?limit=50&outcome=sent&cursor=${first.next}`);
    await shows(page, [...first.items, ...second.items]);
    // Line by line, by keys.
    await page.locator('.fates a.when').first().focus();
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.evaluate(() => [...document.querySelectorAll('a.when')].indexOf(document.activeElement)), 1);
  });

  it('are saved as a table: the lines that are shown, and people by their ids', async (t) => {
    const page = await open(t, '/console/decisions?outcome=vetoed');
    await page.locator('.fates tbody tr').first().waitFor();
    await page.keyboard.press('p');
    const shown = await page.locator('.fates tbody tr').count();
    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'These lines as CSV' }).click()]);
    const lines = (await readFile(await saved.path(), 'utf8')).trimEnd().split('\r\n');
    assert.equal(lines.length, shown + 1);
    const { items } = await ask('/v1/decisions?outcome=vetoed&limit=200');
    for (const l of lines.slice(1)) { const [at, person, program, engagement] = l.split(','); assert.ok(items.some((f) => f.at === at && f.person === person && f.program === program && f.engagement === engagement), l); }
  });

  it('come in as they happen, unless one pauses', async (t) => {
    const page = await open(t, '/console/decisions');
    await page.locator('[data-tail="true"]').waitFor();
    await page.locator('.live[data-live="live"]').waitFor();
    const was = await rows(page).first().textContent();
    await page.waitForTimeout(700); // the stream has told how it stands
    await wake('newcomer-1', 'symptoms.reported');
    await page.waitForFunction((x) => document.querySelector('.fates tbody tr').textContent !== x, was, { timeout: 20_000 });
    await page.keyboard.press('p');
    await page.locator('[data-tail="false"]').waitFor();
  });

  it('are taken apart: candidates, rules, parts, chance, what would have turned it, and in plain words', async (t) => {
    const chosen = await ask('/v1/decisions?limit=500&outcome=chosen');
    let found;
    for (const f of chosen.items) {
      const d = (await ask(`/v1/people/${f.person}/decisions?touch=${f.decision}`, { headers: { 'Attune-Purpose': 'treatment' } })).decisions[0];
      if (d.rounds?.length > 0 && d.rounds.some((r) => r.flips?.length > 0)) { found = { f, d }; break; }
    }
    assert.ok(found, 'some decision was drawn');
    const { f, d } = found;
    const page = await open(t, `/console/decisions/${f.person}/${f.decision}`);
    await page.locator('.candidates tbody tr').first().waitFor();
    assert.equal(await page.locator('.candidates tbody tr').count(), d.candidates.length);
    const text = await page.locator('main').textContent();
    for (const c of d.candidates) { assert.ok(text.includes(c.engagement)); if (c.why) assert.ok(text.includes(c.why), c.why); }
    for (const r of d.rounds) for (const x of r.flips ?? []) assert.ok(text.includes(x.says), x.says);
    assert.ok(text.includes(d.clinician.trim().split('\n')[1]), 'the plain sentence is on the screen');
    assert.equal(await page.locator('.candidates tr[aria-selected]').getAttribute('data-candidate'), d.candidates[0].engagement);
    await accessible(page, 'a decision');
    await page.screenshot({ path: join(SHOTS, 'console-decision.png'), fullPage: true });
    await page.getByRole('button', { name: 'Explain to the patient' }).click();
    assert.equal(await page.getByRole('dialog').locator('.letter').textContent(), d.patient);
    await accessible(page, 'the letter');
    const [pdf] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'As a letter (PDF)' }).click()]);
    assert.equal(pdf.suggestedFilename(), `letter-${d.id.slice(0, 8)}.pdf`);
    assert.equal((await readFile(await pdf.path())).subarray(0, 5).toString(), '%PDF-');
    await page.keyboard.press('Escape');
    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as JSON' }).click()]);
    assert.deepEqual(JSON.parse(await readFile(await saved.path(), 'utf8')), d);
  });

  it('are made again, as they were and under a draft, and nothing stored is another', async (t) => {
    const { items } = await ask('/v1/decisions?limit=200&outcome=chosen&program=diabetes');
    const f = items[0];
    const files = (await ask('/v1/releases/live/files')).programs.find((p) => p.id === 'diabetes').files;
    const begun = await fetch(`${the.url}/v1/drafts`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"name":"Says less"}' });
    const { draft } = await begun.json();
    const name = `engagements/${f.engagement}.yaml`;
    const wrote = await fetch(`${the.url}/v1/drafts/${draft}/files`, { method: 'PUT', headers: { 'Content-Type': 'application/json', 'If-Match': begun.headers.get('ETag') }, body: JSON.stringify({ program: 'diabetes', files: { [name]: files[name].replace(/^value: .*$/m, 'value: 0.001') } }) });
    const people = [...new Set(items.map((x) => x.person))].slice(0, 5);
    const before = await everything(people);
    const page = await open(t, `/console/decisions/${f.person}/${f.decision}`);
    await page.getByRole('button', { name: 'Make it again' }).click();
    await page.locator('[data-same="true"][data-exact="true"]').waitFor();
    await page.getByText('It comes out as it was.').waitFor();
    assert.equal(wrote.status, 200);
    await page.getByLabel('Under').selectOption(`draft ${draft}`);
    await page.getByRole('button', { name: 'Make it again' }).click();
    await page.locator('[data-exact="false"]').waitFor();
    const said = await ask(`/v1/people/${f.person}/decisions/${f.decision}/replay`, { method: 'POST', body: { draft }, headers: { 'Attune-Purpose': 'treatment' } });
    assert.equal(await page.locator('[data-exact="false"]').getAttribute('data-same'), String(said.same));
    assert.equal(await page.locator('.beside tbody tr').count(), said.candidates.length);
    assert.equal(await page.locator('.beside tr[data-same="false"]').count(), said.candidates.filter((c) => !c.same).length);
    await accessible(page, 'a decision made again');
    await page.screenshot({ path: join(SHOTS, 'console-decision-again.png'), fullPage: true });
    assert.equal(await everything(people), before);
  });

  it('tell of one person why she got something, or not, and what would become of it now', async (t) => {
    const vetoed = (await newest('outcome=vetoed'))[0];
    const page = await open(t, `/console/decisions/of/${vetoed.person}?engagement=${vetoed.engagement}`);
    const all = await newest(`person=${vetoed.person}&engagement=${vetoed.engagement}`);
    await page.locator(`[data-shown="${all.length}"]`).waitFor();
    assert.deepEqual(await page.locator('.fates tbody td:last-child').allTextContents(), all.map((f) => f.says ?? ''));
    const { contacts } = await ask(`/v1/people/${vetoed.person}/may?engagement=${vetoed.engagement}`, { headers: { 'Attune-Purpose': 'treatment' } });
    await page.getByRole('region', { name: 'If it were said now' }).waitFor();
    assert.equal(await page.locator('[data-allowed]').count(), contacts.length);
    for (const c of contacts.filter((x) => x.checks.some((k) => ['consent_denied', 'no_consent', 'no_address'].includes(k.reason)))) {
      assert.match(await page.locator('[data-allowed] h3', { hasText: `${c.engagement} · ${c.channel}` }).textContent(), /it may not go out/);
    }
    await accessible(page, 'why somebody got something');
    await page.screenshot({ path: join(SHOTS, 'console-decisions-of.png'), fullPage: true });
  });

  it('are for dark rooms and narrow screens', async (t) => {
    const f = (await newest('outcome=chosen'))[0];
    for (const [name, options] of [['dark', { colorScheme: 'dark' }], ['small', { viewport: { width: 390, height: 844 } }], ['1280', { viewport: { width: 1280, height: 800 } }]]) {
      const page = await open(t, '/console/decisions', options);
      await rows(page).first().waitFor();
      await accessible(page, `the list, ${name}`);
      await page.screenshot({ path: join(SHOTS, `console-decisions-${name}.png`) });
      await page.goto(`${the.url}/console/decisions/${f.person}/${f.decision}`);
      await page.locator('.candidates').waitFor();
      await accessible(page, `a decision, ${name}`);
      await page.screenshot({ path: join(SHOTS, `console-decision-${name}.png`) });
    }
  });
});
