// Journeys in the console, in a real browser over a real demonstration: read, changed in a draft, and tried by somebody who does not exist.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { accessible, ask, begin, end, open, SHOTS, the } from './console.mjs';

const PROGRAM = 'rheumatoid_referral';
const JOURNEYS = `/console/programs/${PROGRAM}/journeys`;
const FILE = 'journeys/referral_check_in.yaml';

before(() => begin({ people: 60, days: 60 }), { timeout: 180_000 });
after(end);

const newDraft = async (name) => (await ask('/v1/drafts', { method: 'POST', body: { name } })).draft;
const drafted = async (id) => (await ask(`/v1/drafts/${id}`)).programs.find((p) => p.id === PROGRAM).files;
const send = async (event) => {
  const sent = await fetch(`${the.url}/v1/track`, { method: 'POST', headers: { Authorization: `Basic ${btoa(`${the.key}:`)}`, 'Content-Type': 'application/json' }, body: JSON.stringify(event) });
  assert.equal(sent.status, 200);
};
const settled = (page, n) => page.locator(`[data-problems="${n}"]`).waitFor();
/** The lines of one text that another does not have. */
const only = (a, b) => a.split('\n').filter((l) => !b.split('\n').includes(l));

describe('journeys', { timeout: 180_000 }, () => {
  it('are read in words, as the API tells them', async (t) => {
    const page = await open(t, `/console/programs/${PROGRAM}/map`);
    await page.locator('[data-moment]').first().waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('j');
    await page.getByRole('heading', { level: 1, name: 'Journeys' }).waitFor();
    const program = new URL(page.url()).pathname.split('/')[3];
    const { items } = await ask(`/v1/releases/live/programs/${program}/journeys`);
    for (const j of items) {
      await page.getByRole('navigation', { name: 'Journeys of this program' }).getByRole('button', { name: j.name }).click();
      await page.getByRole('heading', { level: 2, name: j.name }).waitFor();
      assert.equal(await page.locator('.step').count(), j.steps.length, j.id);
      for (const s of j.steps) for (const w of s.words) assert.ok((await page.getByRole('region', { name: 'Steps' }).textContent()).includes(w), w);
    }
  });

  it('are given on paper, live and of a draft, and what is wrong with a draft is said', async (t) => {
    const page = await open(t, `${JOURNEYS}?journey=referral_check_in`, { allow: ['422'] });
    const paper = async () => {
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Walk-through (PDF)' }).click()]);
      assert.equal(file.suggestedFilename(), 'referral_check_in-walkthrough.pdf');
      return readFile(await file.path());
    };
    const live = await paper();
    assert.equal(live.subarray(0, 5).toString(), '%PDF-');
    const id = await newDraft('On paper');
    await page.goto(`${the.url}${JOURNEYS}?journey=referral_check_in&draft=${id}`);
    await settled(page, 0);
    const drawn = await paper();
    assert.equal(drawn.subarray(0, 5).toString(), '%PDF-');
    assert.ok(!drawn.equals(live), 'the draft is told as what is live');
    await ask(`/v1/drafts/${id}/files`, { method: 'PUT', body: { program: PROGRAM, files: { 'signals.yaml': 'signals: 7\n' } } });
    await page.locator('[data-problems]:not([data-problems="0"])').waitFor();
    await page.getByRole('button', { name: 'Walk-through (PDF)' }).click();
    await page.getByRole('dialog', { name: 'It was not written' }).getByText('signals.yaml').first().waitFor();
    await accessible(page, 'what stands against a document');
  });

  it('are changed step by step, by keys alone, and every other line stays', async (t) => {
    const id = await newDraft('By keys');
    const was = await drafted(id);
    const page = await open(t, `${JOURNEYS}?journey=referral_check_in&draft=${id}`);
    await settled(page, 0);
    await page.locator('[data-step="say_so"]').focus();
    await page.keyboard.press('F2');
    await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT' && document.activeElement.value === 'say_so');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('tell_them');
    await page.keyboard.press('Enter');
    await page.locator('[data-step="tell_them"]').waitFor();
    await settled(page, 2); // two stories tell of the step, which has another name now
    let is = await drafted(id);
    assert.deepEqual(only(is[FILE], was[FILE]), [
      '  - {id: chase, task: {for: coordinator, do: Find the letter and name a day, priority: 5, within: 4d, else: tell_them}}', '  - {id: tell_them, send: referral_news}', 'moves: {say_so: tell_them}',
    ]);
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.activeElement?.dataset?.step === 'tell_them');
    await page.keyboard.press('n');
    await page.getByRole('dialog', { name: 'Add a step' }).getByLabel('What it does').waitFor();
    await accessible(page, 'adding a step');
    await page.getByLabel('What it does').selectOption('wait');
    await page.getByRole('button', { name: 'Add it' }).press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('form', { name: 'Step' }).getByLabel('How long').waitFor();
    await page.getByLabel('How long').fill('2d');
    await page.keyboard.press('Enter');
    await page.getByLabel('Until a time of day').fill('09:30');
    await page.keyboard.press('Enter');
    await page.locator('.step', { hasText: 'until 09:30' }).waitFor();
    assert.deepEqual((await ask(`/v1/drafts/${id}/check`)).problems, []);
    is = await drafted(id);
    assert.ok(only(is[FILE], was[FILE]).some((l) => /\{id: wait, wait: \{for: "?2d"?, until: "09:30"\}\}/.test(l)), is[FILE]);
    for (const f of Object.keys(was)) if (f !== FILE) assert.equal(is[f], was[f], f);
    await page.locator('[data-step="wait"]').focus();
    await page.keyboard.press('Delete');
    await page.locator('[data-step="wait"]').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+z');
    await page.locator('[data-step="wait"]').waitFor();
  });

  it('are tried: step by step, to the next message, with what happens meanwhile, and kept as a story', async (t) => {
    const id = await newDraft('A dry-run');
    const page = await open(t, `${JOURNEYS}?journey=referral_check_in&dry=true&draft=${id}`);
    await settled(page, 0);
    await page.getByLabel('Event', { exact: true }).selectOption('referral.requested');
    await page.getByLabel(/^Its fields:/).fill('{"referral":"r-9","specialty":"rheumatology"}');
    await page.getByRole('button', { name: 'Let it happen' }).click();
    await page.locator('[data-step="a_date"][data-here]').waitFor();
    await page.getByText('Stands at a_date.').waitFor();
    await accessible(page, 'a dry-run');
    await page.screenshot({ path: join(SHOTS, 'console-dry-run.png'), fullPage: true });
    await page.getByLabel('Begin with').selectOption('stories/waits-without-news.txtar');
    await page.getByText('Left: told how things stand.').waitFor();
    const told = Number(await page.locator('[data-told]').getAttribute('data-told'));
    assert.ok(told > 40);
    // What is asked of somebody is answered by a button, and a real life goes on from where its record ends.
    const { items } = await ask(`/v1/programs/${PROGRAM}/phases/referral/passages?end=entered`);
    await page.getByLabel('Or somebody real, by their id').fill(items[0].person);
    await page.keyboard.press('Enter');
    await page.getByText('Stands at').or(page.getByText('Left:')).or(page.getByText('Not on this journey.')).first().waitFor();
    await accessible(page, 'a dry-run of somebody real');
    await page.getByLabel('Or somebody real, by their id').fill('');
    await page.keyboard.press('Enter');
    await page.getByLabel('Begin with').selectOption('stories/waits-without-news.txtar');
    await page.getByText('Left: told how things stand.').waitFor();
    await page.getByRole('button', { name: 'A week on' }).click();
    await page.getByRole('button', { name: 'Next message' }).click();
    await page.waitForFunction((n) => Number(document.querySelector('[data-told]').dataset.told) > n, told);
    await page.getByPlaceholder('What the story shows').fill('Owen waits and is told');
    await page.getByRole('button', { name: 'Save as a story' }).click();
    await page.locator('[data-version="2"]').waitFor();
    const { stories } = await ask(`/v1/drafts/${id}/check`);
    assert.equal(stories.find((s) => s.story === 'stories/owen-waits-and-is-told.txtar')?.ok, true);
    const was = await ask('/v1/releases/live/dry-run', { method: 'POST', body: { program: PROGRAM, events: [{ at: '2027-03-01T10:00:00Z', traits: { first_name: 'Ana', email: 'ana@example.org' } }, { at: '2027-03-01T10:00:00Z', event: 'symptoms.reported', props: { joints: 'few' } }], on: true } });
    assert.ok(was.lines.some((l) => l.kind === 'sending'), 'the API tells the same');
  });

  it('can be begun, and are checked as they are written', async (t) => {
    const id = await newDraft('A new one');
    const page = await open(t, `${JOURNEYS}?draft=${id}`);
    await settled(page, 0);
    await page.getByRole('button', { name: 'A new journey' }).click();
    const begins = page.getByLabel('It begins');
    await begins.selectOption({ label: 'Referral' });
    await page.getByLabel('What it is called').fill('After a missed visit');
    await page.keyboard.press('Enter');
    await page.locator('[data-step="begin"]').waitFor();
    assert.match((await drafted(id))['journeys/after_a_missed_visit.yaml'], /^journey: after_a_missed_visit\nname: "After a missed visit"\n/);
    await page.getByRole('button', { name: 'A new journey' }).click();
    await begins.selectOption({ label: 'Tells the story, again' }); // a moment, which has a name of its own
    await page.getByRole('button', { name: 'Begin it' }).click();
    await page.getByRole('heading', { level: 2, name: 'Tells the story, again' }).waitFor();
    const seen = /id: tells_story[^]*?seen: (\{.*\})/.exec((await drafted(id))['map.yaml'])[1];
    const is = await drafted(id);
    const begun = JSON.parse(/^enter: (.*)$/m.exec(is['journeys/tells_the_story_again.yaml'])[1]);
    assert.equal(`{on: ${begun.on}, where: ${begun.where}}`, seen);
    await settled(page, 0);
  });

  it('open, behind each number, exactly the people that it counts', async (t) => {
    const { journeys } = await ask(`/v1/programs/${PROGRAM}/journeys/lived`);
    const journey = journeys.find((j) => j.steps.some((s) => s.passed > 0));
    const step = journey.steps.find((s) => s.passed > 0);
    const page = await open(t, `${JOURNEYS}?journey=${(await ask(`/v1/releases/live/programs/${PROGRAM}/journeys`)).items.find((j) => j.id === journey.journey).file.slice('journeys/'.length, -'.yaml'.length)}`);
    const list = page.getByRole('dialog');
    const holds = async (n, query) => {
      await list.locator(`[data-total="${n}"]`).waitFor();
      const { items } = await ask(`/v1/programs/${PROGRAM}/journeys/${journey.journey}/people?limit=50&${query}`);
      assert.deepEqual(await list.locator('tbody th').allTextContents(), items.map((x) => x.person), query);
    };
    await page.locator(`[data-numbers="${step.step}"] button`).filter({ hasText: 'passed' }).click();
    await holds(step.passed, `step=${step.step}&end=passed`);
    await accessible(page, `the people of a step`);
    for (const [words, end, n] of [['here', 'here', step.here], ['left', 'left', step.left], ['came in', 'entered', step.entered], ['cannot go on', 'stuck', step.stuck]]) {
      await list.getByRole('radio', { name: words, exact: true }).check();
      await holds(n, `step=${step.step}&end=${end}`);
    }
    await page.keyboard.press('Escape');
    await list.waitFor({ state: 'detached' });
    await page.locator(`[data-on="${journey.journey}"] button`).filter({ hasText: 'finished' }).click();
    await holds(journey.finished, 'end=passed');
    await page.keyboard.press('Escape');
    await page.locator('.step').nth(1).focus(); // by keys
    await page.keyboard.press('o');
    await holds(journey.steps[1].here, `step=${journey.steps[1].step}&end=here`);
  });

  it('are held back one by one, and go on', async (t) => {
    const page = await open(t, `${JOURNEYS}?journey=referral_check_in`);
    await page.getByRole('heading', { level: 2, name: 'Referral check-in' }).waitFor();
    const watching = await open(t, `${JOURNEYS}?journey=first_weeks_of_treatment`); // somebody else
    await watching.locator('.journeys-list').waitFor();
    await page.keyboard.press('.');
    await page.getByLabel('Why? Everybody sees it.').fill('The wait is told wrongly');
    await page.getByRole('button', { name: 'Hold it back' }).click();
    await page.getByText('The wait is told wrongly').waitFor();
    assert.deepEqual((await ask('/v1/pauses')).map((p) => [p.program, p.journey, p.why]), [[PROGRAM, 'referral_check_in', 'The wait is told wrongly']]);
    await watching.locator('.held').waitFor({ timeout: 15_000 });
    assert.equal(await watching.locator('.held').count(), 1);
    await accessible(page, 'a journey that is held back');
    await page.getByRole('button', { name: 'Let it go on' }).click();
    await page.locator('.held-back').waitFor({ state: 'detached' });
    assert.deepEqual(await ask('/v1/pauses'), []);
    await watching.locator('.held').waitFor({ state: 'detached', timeout: 15_000 });
  });

  it('say before they go live who waits where, and take whom a step is taken from to another', async (t) => {
    const FOLLOW = 'journeys/after_three_months.yaml';
    const { journeys } = await ask(`/v1/programs/${PROGRAM}/journeys/lived`);
    const journey = journeys.find((j) => j.journey === 'after_three_months');
    const first = journey.steps.find((x) => x.here > 0);
    assert.ok(first !== undefined, 'nobody waits, so this shows nothing');
    const id = await newDraft('Without the wait');
    await ask(`/v1/drafts/${id}/changes`, { method: 'POST', body: { changes: [{ program: PROGRAM, file: FOLLOW, do: 'remove', path: `/steps/${first.step}` }] } });
    const to = first.step === 'again' ? 'gone' : 'again';
    const page = await open(t, `${JOURNEYS}?journey=after_three_months&draft=${id}`);
    await page.locator('.draft-bar').getByRole('button', { name: 'Publish', exact: true }).click();
    const gone = page.locator('[data-journey="after_three_months"] .warn-line');
    await gone.getByText(`${first.here} ${first.here === 1 ? 'person waits' : 'people wait'} at ${first.step}, which is gone.`).waitFor();
    for (const s of journey.steps.filter((x) => x !== first && x.here > 0)) await page.getByText(`${s.here} ${s.here === 1 ? 'person waits' : 'people wait'} at ${s.step}: they stay there.`).waitFor();
    await gone.getByLabel('They go on at').selectOption(to);
    await accessible(page, 'who waits where');
    await page.waitForFunction(([draft, step, want]) => fetch(`/v1/drafts/${draft}/check`).then((a) => a.json()).then((c) => c.plan?.people_on_removed_steps.some((x) => x.step === step && x.to === want)), [id, first.step, to]);
    assert.match((await drafted(id))[FOLLOW], new RegExp(`^moves: \\{${first.step}: ${to}\\}$`, 'm'));
    await page.waitForFunction((want) => document.querySelector('[data-journey="after_three_months"] select')?.value === want, to);
  });

  it('show who stands where, as the API counts it, and hear it change', async (t) => {
    const page = await open(t, `${JOURNEYS}?journey=referral_check_in`);
    await page.locator('[data-numbers="chase"]').waitFor();
    const told = (n) => (n === null || n === undefined ? 'hidden' : String(n));
    const same = async (where) => {
      const { journeys } = await ask(`/v1/programs/${PROGRAM}/journeys/lived`);
      const journey = journeys.find((j) => j.journey === 'referral_check_in');
      for (const s of journey.steps) for (const what of ['here', 'passed', 'left']) {
        await page.waitForFunction(([step, name, want]) => document.querySelector(`[data-numbers="${step}"] [data-count="${name}"]`)?.textContent.replace(/\D/g, '') === want.replace(/\D/g, ''), [s.step, what, told(s[what])], { timeout: 10_000 }).catch(() => assert.fail(`${where}: ${s.step}, ${what} is not ${s[what]}`));
      }
      for (const j of journeys) assert.equal((await page.locator(`[data-on="${j.journey}"] [data-count="here"]`).textContent()).replace(/\D/g, ''), told(j.here), j.journey);
      assert.ok(journeys.some((j) => j.here > 0 && j.steps.some((x) => x.passed > 0)), 'nobody is anywhere, so this shows nothing');
      return journey;
    };
    const before = await same('the outline');
    await page.keyboard.press('c');
    await page.locator('.canvas [data-numbers="chase"]').waitFor();
    await same('the canvas');
    await send({ type: 'track', userId: 'somebody-new', messageId: 'new-1', event: 'symptoms.reported', properties: { joints: 'few' } });
    await send({ type: 'track', userId: 'somebody-new', messageId: 'new-2', event: 'referral.requested', properties: { referral: 'r-new', specialty: 'rheumatology' } });
    for (let n = 0; ; n++) {
      const now = (await ask(`/v1/programs/${PROGRAM}/journeys/lived`)).journeys.find((j) => j.journey === 'referral_check_in');
      if (now.entered === before.entered + 1) break;
      assert.ok(n < 100, 'who is referred does not come onto the journey');
      await page.waitForTimeout(100);
    }
    await same('after an event');
  });

  it('are saved: all as a table, one as a picture and as it is written', async (t) => {
    const page = await open(t, `${JOURNEYS}?journey=referral_check_in`);
    await page.locator('.step').first().waitFor();
    await page.locator('[data-on="referral_check_in"]').waitFor();
    const saved = async (item) => {
      await page.getByRole('button', { name: 'Save as' }).click();
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: item }).click()]);
      return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
    };
    const [csv, svg, yaml] = [await saved('All journeys, as CSV'), await saved('This journey as a picture, SVG'), await saved('This journey as it is written, YAML')];
    const lived = (await ask(`/v1/programs/${PROGRAM}/journeys/lived`)).journeys;
    const rows = csv.text.trimEnd().split('\r\n').map((l) => l.split(','));
    assert.equal(rows.length, 1 + (await ask(`/v1/releases/live/programs/${PROGRAM}/journeys`)).items.length);
    for (const r of rows.slice(1)) {
      const is = Object.fromEntries(rows[0].map((h, k) => [h, r[k]]));
      const j = lived.find((x) => x.journey === is.journey);
      assert.deepEqual([is.entered, is.here, is.finished, is.left], [j.entered, j.here, j.finished, j.left].map((n) => n === null ? 'hidden' : String(n)));
    }
    assert.equal(svg.name, 'referral_check_in.svg');
    const drawn = await page.evaluate((text) => { const d = new DOMParser().parseFromString(text, 'image/svg+xml'); return { wrong: d.querySelector('parsererror') !== null, steps: d.querySelectorAll('g > title').length }; }, svg.text);
    assert.deepEqual(drawn, { wrong: false, steps: await page.locator('.step').count() });
    assert.equal(yaml.text, (await ask('/v1/releases/live/files')).programs.find((p) => p.id === PROGRAM).files[FILE]);
  });

  it('are changed on the canvas as in the outline, to the same file', async (t) => {
    const make = async (name, view) => {
      const id = await newDraft(name);
      const page = await open(t, `${JOURNEYS}?journey=referral_check_in&draft=${id}${view}`);
      await settled(page, 0);
      await page.locator('[data-step="chase"]').focus();
      await page.keyboard.press('Insert');
      await page.getByLabel('What it does').selectOption('wait');
      await page.getByRole('button', { name: 'Add it' }).click();
      await page.locator('[data-step="wait"]').waitFor();
      await page.getByLabel('How long').fill('2d');
      await page.keyboard.press('Enter');
      await page.locator('[data-version="3"]').waitFor();
      await page.locator('[data-step="come"]').focus();
      await page.keyboard.press('Delete');
      const dialog = page.getByRole('dialog', { name: 'Take come away?' });
      await dialog.getByLabel('They go on at').selectOption('done');
      if (view !== '') await accessible(page, 'taking a step away');
      await dialog.getByRole('button', { name: 'Take it away' }).click();
      await page.locator('[data-step="come"]').waitFor({ state: 'detached' });
      await page.locator('[data-version="4"]').waitFor();
      if (view === '') {
        await page.locator('[data-step="wait"]').click();
        await page.getByLabel('Then go to').selectOption('done');
      } else { // from the lower dot of one step to the upper one of another
        const dot = (step, which) => page.locator(`.react-flow__node:has([data-step="${step}"]) .react-flow__handle-${which}`);
        await page.getByRole('button', { name: 'All of it' }).click();
        await page.waitForTimeout(200);
        await dot('wait', 'bottom').dragTo(dot('done', 'top'));
      }
      await page.locator('[data-version="5"]').waitFor();
      return { id, file: (await drafted(id))[FILE], page };
    };
    const outline = await make('In the outline', '');
    const canvas = await make('On the canvas', '&view=canvas');
    assert.equal(canvas.file, outline.file);
    assert.match(canvas.file, /moves: \{come: done\}/);
    assert.match(canvas.file, /\{id: wait, wait: "?2d"?, next: done\}/);
    const { plan } = await ask(`/v1/drafts/${canvas.id}/check`);
    for (const s of plan?.people_on_removed_steps ?? []) assert.equal(s.to, 'done');
    await canvas.page.keyboard.press('Control+z');
    await canvas.page.locator('[data-version="6"]').waitFor();
    assert.doesNotMatch((await drafted(canvas.id))[FILE], /next: done/);
  });

  for (const colorScheme of ['light', 'dark']) {
    it(`can be used by everybody, in ${colorScheme}`, async (t) => {
      const id = await newDraft(`In ${colorScheme}`);
      const page = await open(t, `${JOURNEYS}?journey=referral_check_in&step=chase&draft=${id}`, { colorScheme });
      await settled(page, 0);
      await page.getByRole('form', { name: 'Step' }).waitFor();
      await accessible(page, 'a step');
      await page.screenshot({ path: join(SHOTS, `console-journeys-${colorScheme}.png`) });
      await page.getByRole('button', { name: 'Canvas' }).click();
      await page.locator('.canvas .step').first().waitFor();
      await page.waitForTimeout(400);
      await accessible(page, 'the canvas');
      await page.screenshot({ path: join(SHOTS, `console-canvas-${colorScheme}.png`) });
      await page.setViewportSize({ width: 390, height: 800 });
      await page.goto(the.url + JOURNEYS);
      await page.locator('.step').first().waitFor();
      await accessible(page, 'journeys on a telephone');
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is not sideways');
    });
  }
});
