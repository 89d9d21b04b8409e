// Audiences in the console, in a real browser over a real demonstration: written with what can come next, read in words, counted, and kept in a draft.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

import { binary } from './attune.mjs';
import { accessible, ask, begin, end, open, SHOTS, the } from './console.mjs';

const PROGRAM = 'rheumatoid_referral';
const AUDIENCES = `/console/programs/${PROGRAM}/audiences`;

before(() => begin({ people: 250, days: 120 }), { timeout: 180_000 });
after(end);

const attune = async (...words) => JSON.parse((await promisify(execFile)(await binary(), [...words, '--data', the.data, '--json'])).stdout);
const tried = (when, more = {}) => ask('/v1/people/audience', { method: 'POST', body: { program: PROGRAM, when, within_ms: 20_000, ...more } });

describe('audiences', { timeout: 180_000 }, () => {
  it('are listed, each with how many people it holds, what it means, and who some of them are and why', async (t) => {
    const page = await open(t, `/console/programs/${PROGRAM}/map`);
    await page.locator('[data-moment]').first().waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.getByRole('heading', { level: 1, name: 'Audiences' }).waitFor();
    const { items } = await ask(`/v1/releases/live/programs/${PROGRAM}/audiences`);
    assert.ok(items.length >= 2);
    for (const a of items) await page.locator(`[data-audience="${a.id}"]`).waitFor();
    await page.locator('.audiences-work .list button', { hasText: 'Referred and not seen yet' }).click();
    await page.locator('.many[data-whole="true"]').waitFor();
    const when = 'phase() == "referral"';
    const all = await tried(when, { show: 10 });
    assert.equal(await page.locator('.many').getAttribute('data-people'), String(all.in.people));
    assert.ok(all.in.people > 10 && all.whole);
    const told = await attune('audience', 'try', PROGRAM, when);
    assert.deepEqual(told.in, all.in, 'the command line counts the same');
    for (const w of (await ask('/v1/rules/read', { method: 'POST', body: { program: PROGRAM, when } })).words) await page.getByText(w, { exact: true }).waitFor();
    await page.getByRole('button', { name: /^Show ten people/ }).click();
    await page.locator('.some tbody tr').first().waitFor();
    assert.deepEqual(await page.locator('.some tbody th').allTextContents(), all.some.map((p) => p.person));
    assert.deepEqual(all.some, told.some, 'the same people, for the same reasons');
    const theirs = await ask(`/v1/people/${all.some[0].person}`, { headers: { 'Attune-Purpose': 'treatment' } });
    assert.ok(JSON.stringify(theirs).includes('"referral"'), 'they are there');
    await accessible(page, 'an audience and ten people of it');
    await page.screenshot({ path: join(SHOTS, 'console-audiences.png') });
  });

  it('are written by keys with what can come next, held beside each other, and told what is wrong', async (t) => {
    const page = await open(t, AUDIENCES, { colorScheme: 'dark' });
    await page.locator('[data-audience="waiting"]').waitFor();
    await page.keyboard.press('n');
    const rule = page.getByLabel('The condition');
    await rule.focus();
    await page.keyboard.type('pha');
    await page.getByRole('option', { name: /^phase\(\)/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.type('ref');
    await page.getByRole('option', { name: /^referral/ }).waitFor();
    await accessible(page, 'what can come next, in the dark');
    await page.keyboard.press('Enter');
    assert.equal(await rule.inputValue(), 'phase() == "referral"');
    await page.keyboard.type(' && !has_happened("portal.vis');
    await page.getByRole('option', { name: /^portal\.visited/ }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type(')');
    const when = 'phase() == "referral" && !has_happened("portal.visited")';
    assert.equal(await rule.inputValue(), when);
    await page.locator('.many[data-whole="true"]').waitFor();
    assert.equal(await page.locator('.many').getAttribute('data-people'), String((await tried(when)).in.people));
    await page.getByLabel('Beside').selectOption('waiting');
    const both = await tried(when, { beside: 'phase() == "referral"' });
    assert.equal(both.only.people, 0, 'whoever waits without the portal waits');
    await page.locator('.overlap').waitFor();
    await page.locator('.many[data-whole="true"]').waitFor();
    assert.deepEqual((await page.locator('.overlap td:last-child').allTextContents()).map((x) => x.replaceAll(',', '').split(' of ')[0]), [both.only, both.both, both.only_beside].map((x) => String(x.people)));
    assert.equal(new URL(page.url()).search, '?beside=waiting', 'what is typed stands in no address');
    await rule.fill('phase() == "nowhere"');
    const problem = await ask('/v1/rules/read', { method: 'POST', body: { program: PROGRAM, when: 'phase() == "nowhere"' } });
    await page.locator('[data-problem]').getByText(problem.problem.what).waitFor();
    assert.equal(await page.locator('.many').count(), 0, 'nothing is counted of what cannot be understood');
    await accessible(page, 'a condition that is wrong, in the dark');
  });

  it('are kept in a draft, where every other line stays, and asked for by others', async (t) => {
    const { draft } = await ask('/v1/drafts', { method: 'POST', body: { name: 'Who waits alone' } });
    const file = async () => (await ask(`/v1/drafts/${draft}`)).programs.find((p) => p.id === PROGRAM).files['audiences.yaml'];
    const was = await file();
    const page = await open(t, `${AUDIENCES}?draft=${draft}`);
    await page.locator('.draft-bar').getByText('Who waits alone').waitFor();
    await page.keyboard.press('n');
    await page.getByLabel('Its name, by which rules ask for it').fill('Waits alone');
    await page.getByText('It will be waits_alone.').waitFor();
    await page.getByLabel('Who they are, in a few words').fill('Referred, and never on the portal');
    await page.getByLabel('The condition').fill('phase() == "referral" && !has_happened("portal.visited")');
    await page.getByRole('button', { name: 'Keep it in the draft' }).click();
    await page.locator('[data-audience="waits_alone"]').waitFor();
    await page.kept();
    const is = await file();
    assert.deepEqual(was.split('\n').filter((l) => !is.split('\n').includes(l)), []);
    assert.equal(is.split('\n').length, was.split('\n').length + 1);
    const checked = await ask(`/v1/drafts/${draft}/check`);
    assert.deepEqual([checked.valid, checked.problems], [true, []]);
    await page.getByText('in_audience("waits_alone")').waitFor();
    await page.keyboard.press('Control+z');
    await page.locator('[data-audience="waits_alone"]').waitFor({ state: 'detached' });
    await page.kept();
    assert.equal(await file(), was);
  });

  it('begin with groups whose doings tell whether they move on, where there are any', async (t) => {
    const page = await open(t, `${AUDIENCES}?view=groups&phase=referral`);
    const found = await ask(`/v1/programs/${PROGRAM}/phases/referral/groups`);
    if (found.groups === undefined) await page.getByText(found.detail).waitFor(); // too few people to tell
    else if (found.groups.length === 0) await page.getByText(found.none).waitFor();
    else await page.locator('[data-group]').first().waitFor();
    assert.deepEqual(await page.locator('[data-group]').evaluateAll((all) => all.map((x) => x.dataset.group)), (found.groups ?? []).map((g) => g.when));
    await accessible(page, 'groups by what people did');
  });
});
