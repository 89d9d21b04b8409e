// A map that is changed in the console, in a real browser, over a real demonstration: what is edited is the program itself.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { accessible, ask, begin, end, open, SHOTS, the } from './console.mjs';

const PROGRAM = 'rheumatoid_referral';
const MAP = `/console/programs/${PROGRAM}/map`;

before(() => begin(), { timeout: 180_000 });
after(end);

/** The lines that two texts do not share, in order. */
function differing(was, is) {
  const count = (lines) => lines.reduce((m, l) => m.set(l, (m.get(l) ?? 0) + 1), new Map());
  const [a, b] = [was.split('\n'), is.split('\n')];
  const [inA, inB] = [count(a), count(b)];
  return { gone: a.filter((l) => (inB.get(l) ?? 0) < inA.get(l)), come: b.filter((l) => (inA.get(l) ?? 0) < inB.get(l)) };
}

const filesOf = (programs) => programs.find((p) => p.id === PROGRAM).files;
const live = async () => filesOf((await ask('/v1/releases/live/files')).programs);
const drafted = async (id) => filesOf((await ask(`/v1/drafts/${id}`)).programs);
const newDraft = async (name) => (await ask('/v1/drafts', { method: 'POST', body: { name } })).draft;
const settled = (page, n) => page.locator(`[data-problems="${n}"]`).waitFor();
const focused = (page) => page.evaluate(() => document.activeElement?.dataset?.moment);

describe('from a leverage point', { timeout: 120_000 }, () => {
  it('one comes to an engagement that runs in a draft, by keyboard alone', async (t) => {
    const page = await open(t, MAP);
    await page.locator('[data-point]').first().waitFor();
    const was = await live();
    const began = Date.now();
    await page.keyboard.press('l');
    assert.equal(await focused(page), 'letter_sent');
    await page.keyboard.press('e');
    await page.getByRole('dialog', { name: /^Design an engagement for/ }).waitFor();
    await accessible(page, 'designing an engagement');
    await page.keyboard.press('Tab'); // from how to begin to its name
    await page.keyboard.press('Enter');
    await page.locator('[data-draft]').waitFor();
    await page.locator('[data-problems]').waitFor();
    t.diagnostic(`a draft with the engagement after ${Date.now() - began} ms of pressing keys`);
    const id = await page.locator('[data-draft]').getAttribute('data-draft');
    const is = await drafted(id);
    assert.deepEqual(Object.keys(is).filter((f) => !(f in was)).sort(), ['content/email/how-things-stand.en.liquid', 'content/email/how-things-stand.es.liquid', 'content/sms/how-things-stand.en.liquid', 'content/sms/how-things-stand.es.liquid', 'engagements/how_things_stand.yaml']);
    assert.deepEqual(differing(was['map.yaml'], is['map.yaml']), { gone: [], come: ['    respond: [how_things_stand]'] });
    const checked = await ask(`/v1/drafts/${id}/check`);
    assert.deepEqual([checked.valid, checked.problems], [true, []]);
    // The stories in which a letter is sent go another way now: that is what was meant.
    const other = checked.stories.filter((s) => !s.ok);
    assert.ok(other.length > 0 && other.every((s) => s.difference.includes('how_things_stand')), JSON.stringify(other));
    await settled(page, other.length);
    await page.keyboard.press('Escape');
    await page.keyboard.press('!');
    await page.getByRole('button', { name: 'All of them shall go like this' }).press('Enter');
    await settled(page, 0);
    assert.ok((await ask(`/v1/drafts/${id}/check`)).stories.every((s) => s.ok));
    assert.deepEqual(await live(), was, 'what is live is as it was');
  });
});

describe('a draft of a map', { timeout: 240_000 }, () => {
  it('is changed card by card, by keys and by dragging, and every other line stays', async (t) => {
    const was = await live();
    const id = await newDraft('A workshop');
    const page = await open(t, `${MAP}?draft=${id}&moment=triage`);
    await settled(page, 0);
    await page.locator('[data-moment="triage"]').focus();
    await page.keyboard.press('n');
    await page.locator('form[data-of="something_happens"] input').first().waitFor();
    await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
    await page.keyboard.type('Rings to ask');
    await page.keyboard.press('Enter');
    await page.locator('[data-moment="something_happens"]').getByText('Rings to ask').waitFor();
    await page.locator('[data-moment="something_happens"][data-guess="true"]').focus();
    await page.keyboard.press('Shift+ArrowRight');
    await page.locator('[data-cell="diagnosis specialist"] [data-moment="something_happens"]').waitFor();
    await page.waitForFunction(() => document.activeElement?.dataset?.moment === 'something_happens');
    await page.keyboard.press('Shift+ArrowDown');
    await page.locator('[data-cell="diagnosis group"] [data-moment="something_happens"]').waitFor();
    await page.locator('[data-moment="something_happens"]').dragTo(page.locator('[data-cell="diagnosis family"]'));
    await page.locator('[data-cell="diagnosis family"] [data-moment="something_happens"]').waitFor();
    await page.getByLabel('That this follows').selectOption('someone_living_well');
    await page.getByLabel('Within', { exact: true }).fill('10d');
    await page.keyboard.press('Enter');
    await page.getByLabel('What the person needs').fill('An answer');
    await page.keyboard.press('Tab');
    await page.locator('[data-moment="something_happens"][data-wrong]').waitFor(); // a promise needs what shows that it is made and kept
    const is = await drafted(id);
    const { gone, come } = differing(was['map.yaml'], is['map.yaml']);
    assert.deepEqual([gone, come], [[], ['  - {id: something_happens, phase: diagnosis, by: family, name: Rings to ask, then: {moment: someone_living_well, within: "10d"}, need: An answer}']]);
    for (const f of Object.keys(was)) if (f !== 'map.yaml') assert.equal(is[f], was[f], f);
    await accessible(page, 'a draft with a problem');
    await page.locator('[data-moment="something_happens"]').focus();
    await page.keyboard.press('Delete');
    await page.locator('[data-moment="something_happens"]').waitFor({ state: 'detached' });
    await page.kept();
    assert.equal((await drafted(id))['map.yaml'], was['map.yaml'], 'what was added is away');
    await page.keyboard.press('Control+z');
    await page.locator('[data-cell="diagnosis family"] [data-moment="something_happens"]').waitFor();
  });

  it('is changed with a finger too: one that rests takes a card along, one that moves scrolls', async (t) => {
    const id = await newDraft('With a finger');
    const page = await open(t, `${MAP}?draft=${id}`, { hasTouch: true, viewport: { width: 1440, height: 1600 } });
    await settled(page, 0);
    const finger = await page.context().newCDPSession(page);
    const touch = (type, x, y) => finger.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] });
    const middle = async (where) => { const b = await page.locator(where).boundingBox(); return [b.x + b.width / 2, b.y + b.height / 2]; };
    const swipe = async (ms) => {
      const [from, to] = [await middle('[data-moment="triage"]'), await middle('[data-cell="referral family"]')];
      await touch('touchStart', ...from);
      await page.waitForTimeout(ms);
      for (let k = 1; k <= 8; k++) await touch('touchMove', from[0] + (to[0] - from[0]) * k / 8, from[1] + (to[1] - from[1]) * k / 8);
      await touch('touchEnd');
    };
    const cellOf = () => page.locator('[data-moment="triage"]').evaluate((el) => el.closest('[data-cell]').dataset.cell);
    const was = await cellOf();
    await swipe(0);
    await page.waitForTimeout(300);
    assert.equal(await cellOf(), was);
    assert.equal(await page.locator('.wall.dragging').count(), 0);
    await page.locator('[role="region"][aria-label="Journey map"]').evaluate((el) => { el.scrollTop = 0; el.scrollLeft = 0; });
    await swipe(500);
    await page.locator('[data-cell="referral family"] [data-moment="triage"]').waitFor();
    assert.notEqual(was, 'referral family');
  });

  it('is saved as JSON and brought in again, which says first what is wrong with a file', async (t) => {
    const was = await live();
    const id = await newDraft('From a file');
    const page = await open(t, `${MAP}?draft=${id}`);
    await settled(page, 0);
    await page.getByRole('button', { name: 'Save as' }).click();
    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'The map as it is written, JSON' }).click()]);
    const map = JSON.parse(await readFile(await saved.path(), 'utf8'));
    assert.ok(map.moments.length > 0 && map.phases.length > 0);
    const bring = (body) => page.getByLabel('A map as JSON').setInputFiles({ name: 'map.json', mimeType: 'application/json', buffer: Buffer.from(body) });
    await bring(JSON.stringify(map));
    await page.getByText('The draft’s map is the same as this file.').waitFor();
    await bring('{"phase": []}');
    await page.getByText('A map has no field “phase”').waitFor();
    assert.equal((await drafted(id))['map.yaml'], was['map.yaml']);
    await bring(JSON.stringify({ ...map, moments: map.moments.map((m, k) => k === 0 ? { ...m, name: 'Another name' } : m) }));
    await page.locator(`[data-moment="${map.moments[0].id}"]`).getByText('Another name').waitFor();
    await settled(page, 0);
    await page.kept();
    assert.match((await drafted(id))['map.yaml'], /Another name/);
    await page.keyboard.press('Control+z');
    await page.locator(`[data-moment="${map.moments[0].id}"]`).getByText(map.moments[0].name).waitFor();
  });

  it('gives a moment as a card of text', async (t) => {
    const page = await open(t, `${MAP}?moment=letter_sent`);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy as a card' }).click();
    await page.getByText('It is copied.').waitFor();
    const card = await page.evaluate(() => navigator.clipboard.readText());
    const lived = (await ask(`/v1/programs/${PROGRAM}/lived`)).moments.find((m) => m.moment === 'letter_sent');
    assert.ok(card.startsWith(`${lived.name}\n`), card);
    assert.ok(card.includes(`times: ${lived.seen}`), card);
  });

  it('says what is wrong where it is wrong, and leads there', async (t) => {
    const id = await newDraft('Something is wrong');
    const page = await open(t, `${MAP}?draft=${id}&stage=living`);
    await settled(page, 0);
    await page.getByLabel('Rule', { exact: true }).fill('cuont("medication.dispensed", "120d") >= 4');
    await page.keyboard.press('Control+Enter');
    await settled(page, 1);
    await page.getByRole('button', { name: 'To what is live' }).waitFor({ state: 'detached' });
    await page.locator('.phase', { hasText: 'Living with it' }).getByText('something is wrong').waitFor();
    const [problem] = (await ask(`/v1/drafts/${id}/check`)).problems;
    await page.goto(`${the.url}${MAP}?draft=${id}`);
    await settled(page, 1);
    await page.keyboard.press('!');
    await page.getByRole('dialog').getByText(problem.what).waitFor();
    await accessible(page, 'the problems of a draft');
    await page.getByRole('button', { name: 'Go there' }).click();
    await page.getByRole('form', { name: 'Phase' }).getByText(problem.what).first().waitFor();
  });

  it('has people, their day and their words, and more of each', async (t) => {
    const id = await newDraft('People');
    const page = await open(t, MAP);
    await page.getByRole('button', { name: 'GP practice', exact: true }).click();
    const panel = page.getByRole('complementary', { name: 'Who takes part' });
    await panel.getByText('“I send it, and then I hear nothing either.”').waitFor();
    await panel.getByText('Half the letters come back with a question we could have answered.').waitFor();
    await accessible(page, 'somebody who takes part');
    await page.goto(`${the.url}${MAP}?draft=${id}&who=gp`);
    const was = await live();
    await page.getByLabel('What they want').fill('a clear yes or no\none form');
    await page.getByLabel('Their day').fill('letters at noon');
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'Add a quote' }).click();
    await page.getByLabel('Their words').last().fill('Write to us.');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('button', { name: 'Undo' }).waitFor();
    await page.locator('[data-version="4"]').waitFor();
    const { gone, come } = differing(was['map.yaml'], (await drafted(id))['map.yaml']);
    assert.equal(gone.length, 3);
    assert.deepEqual(come.slice(0, 2), ['    routine: letters at noon', '    wants: [a clear yes or no, one form]']);
    assert.match(come[2], /\{quote: Write to us\.\}\]$/);
  });

  it('is seen by others who work on it as it changes', async (t) => {
    const id = await newDraft('Two at once');
    const [one, two] = [await open(t, `${MAP}?draft=${id}`), await open(t, `${MAP}?draft=${id}`)];
    await settled(one, 0);
    await settled(two, 0);
    await two.locator('[data-live="live"]').waitFor();
    await one.locator('[data-moment="waits"]').focus();
    await one.keyboard.press('Shift+ArrowDown');
    await two.locator('[data-cell="referral family"] [data-moment="waits"]').waitFor();
  });
});

describe('publishing', { timeout: 240_000 }, () => {
  it('says what changes for whom, does it, keeps what was, and is taken back', async (t) => {
    const was = await live();
    const id = await newDraft('A better name');
    const page = await open(t, `${MAP}?draft=${id}&moment=waits`);
    await settled(page, 0);
    await page.getByLabel('What happens').fill('Waits and hears nothing');
    await page.keyboard.press('Enter');
    await page.locator('[data-version="2"]').waitFor();
    await page.locator('[data-moment="waits"]').focus();
    await page.keyboard.press('n');
    await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
    await page.keyboard.type('Asks at the desk');
    await page.keyboard.press('Enter');
    await page.locator('[data-version="4"]').waitFor();
    const draft = await drafted(id);
    const checked = await ask(`/v1/drafts/${id}/check`);
    assert.ok(checked.valid);
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: /^Publish/ });
    await dialog.getByText('What changes').waitFor();
    assert.equal(await dialog.locator('.changes li').count(), checked.plan.changes.length);
    const lived = await ask(`/v1/programs/${PROGRAM}/lived`);
    await dialog.getByText(`${lived.moments.find((m) => m.moment === 'waits').people} people came to it so far`).waitFor();
    await dialog.getByText('Line by line, in 1 file').click();
    await dialog.locator('ins', { hasText: 'Asks at the desk' }).waitFor();
    await accessible(page, 'publishing');
    await dialog.getByRole('button', { name: 'Publish now' }).click();
    await page.getByRole('dialog', { name: 'It is live' }).waitFor();
    assert.deepEqual(await live(), draft, 'what was drafted is live, byte for byte');
    await page.getByRole('button', { name: 'To what is live' }).click();
    await page.locator('[data-moment="waits"]').getByText('Waits and hears nothing').waitFor();
    await page.waitForURL((u) => !u.search.includes('draft='));
    await page.keyboard.press('v');
    await page.getByRole('table').locator('tbody tr').nth(1).waitFor();
    await accessible(page, 'versions');
    await page.getByRole('button', { name: 'Hold it against what is live' }).click();
    await page.locator('[data-moment="waits"]').getByText('Waits without news').waitFor();
    await page.locator('[data-moment="waits"]').getByText('changed').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('complementary').getByText('Asks at the desk').waitFor();
    assert.equal(await page.locator('[data-differences]').getAttribute('data-differences'), '2');
    const tag = (await ask('/v1/releases/live/files')).release;
    await fetch(`${the.url}/v1/releases/undo`, { method: 'POST', headers: { 'If-Match': `"${tag}"` } });
    assert.deepEqual(await live(), was);
  });
});

describe('everybody can change it', { timeout: 120_000 }, () => {
  for (const colorScheme of ['light', 'dark']) {
    it(`in ${colorScheme}`, async (t) => {
      const id = await newDraft(`In ${colorScheme}`);
      const page = await open(t, `${MAP}?draft=${id}&moment=waits`, { colorScheme });
      await settled(page, 0);
      await accessible(page, 'a moment that is changed');
      await page.screenshot({ path: join(SHOTS, `console-edit-${colorScheme}.png`) });
      await page.goto(`${the.url}${MAP}?draft=${id}&stage=referral`);
      await page.getByRole('form', { name: 'Phase' }).waitFor();
      await accessible(page, 'a phase that is changed');
      await page.goto(`${the.url}${MAP}?draft=${id}&who=patient`);
      await page.getByRole('form', { name: 'Who takes part' }).waitFor();
      await accessible(page, 'somebody who is changed');
      await page.goto(the.url + MAP);
      await page.locator('[data-point]').first().waitFor();
      await page.keyboard.press('d');
      await page.getByRole('dialog', { name: 'Change the program' }).getByText('Or go on with one').waitFor();
      await accessible(page, 'choosing a draft');
    });
  }
});

describe('a workshop', { timeout: 120_000 }, () => {
  it('is the same on every screen: notes, the timer, silent dots, and what changed', async (t) => {
    const id = await newDraft('Thursday’s workshop');
    const [one, two] = [await open(t, `${MAP}?draft=${id}`), await open(t, `${MAP}?draft=${id}&workshop=true`, { viewport: { width: 1920, height: 1080 } })];
    for (const page of [one, two]) {
      await settled(page, 0);
      await page.locator('[data-live="live"]').waitFor();
    }
    await one.keyboard.press('w');
    await one.getByRole('button', { name: 'Begin a workshop' }).click();
    await two.getByText('Here: Demonstration').waitFor();
    await one.getByLabel('A note').fill('She never hears what the letter said');
    await one.keyboard.press('Enter');
    await one.getByLabel('A note').fill('A nurse rings');
    await one.keyboard.press('Enter');
    await two.locator('.sticky', { hasText: 'She never hears what the letter said' }).waitFor();
    await accessible(two, 'a workshop');
    await two.screenshot({ path: join(SHOTS, 'console-workshop.png') });
    // A note is dragged to a cell, and is a guess on the map then; another is placed by keys.
    const note = await two.locator('.sticky', { hasText: 'She never hears' }).locator('p').first().boundingBox();
    const cell = await two.locator('[data-cell="referral patient"]').boundingBox();
    await two.mouse.move(note.x + 10, note.y + 8);
    await two.mouse.down();
    await two.mouse.move(cell.x + 40, cell.y + 30, { steps: 5 });
    await two.mouse.up();
    await one.locator('[data-cell="referral patient"] [data-guess="true"]', { hasText: 'She never hears what the letter said' }).waitFor();
    await one.getByRole('button', { name: 'Place A nurse rings' }).press('Enter');
    await one.getByRole('button', { name: 'Place it' }).press('Enter');
    await two.locator('[data-moment="a_nurse_rings"]').waitFor();
    assert.equal((await drafted(id))['map.yaml'].split('\n').filter((l) => /She never hears|A nurse rings/.test(l)).length, 2);
    // Dots are silent until the voting is closed.
    await one.getByRole('button', { name: 'Vote with dots' }).click();
    await two.getByText('3 dots left').waitFor();
    await two.locator('[data-moment="waits"]').focus();
    await two.keyboard.press('+');
    await two.keyboard.press('+');
    await two.locator('[data-dots-left="1"]').waitFor();
    assert.deepEqual((await ask(`/v1/drafts/${id}/workshop`)).sums, {});
    await one.getByRole('button', { name: 'Close the voting' }).click();
    await two.locator('[data-dots="2"]').waitFor();
    await one.getByRole('button', { name: 'Timer' }).click();
    await one.getByRole('menuitem', { name: '5 minutes', exact: true }).click();
    await two.getByRole('timer').waitFor();
    assert.match(await two.getByRole('timer').textContent(), /^[45]:\d\d$/);
    // What was known is a guess by one key.
    await one.locator('[data-moment="waits"]').focus();
    await one.keyboard.press('k');
    await two.locator('[data-moment="waits"][data-guess="true"]').waitFor();
    await one.getByRole('button', { name: 'End the workshop' }).click();
    const today = one.getByRole('article', { name: 'What changed today' });
    await today.getByText('“A nurse rings”').first().waitFor();
    await today.getByText('Waits without news: 2').waitFor();
    await today.getByText(/“Waits without news”: seen/).waitFor();
    await accessible(one, 'what changed today');
    await one.screenshot({ path: join(SHOTS, 'console-today.png') });
    await two.getByText('The workshop has ended.').waitFor();
  });
});
