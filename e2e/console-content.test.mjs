// Content in the console, in a real browser over a real demonstration: what there is to say, as it is sent, changed in a draft, and approved.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { accessible, ask, begin, end, open, SHOTS, the } from './console.mjs';

const PROGRAM = 'rheumatoid_referral';
const CONTENT = `/console/programs/${PROGRAM}/content`;

before(() => begin({ people: 60, days: 60 }), { timeout: 180_000 });
after(end);

const newDraft = async (name) => (await ask('/v1/drafts', { method: 'POST', body: { name } })).draft;
const drafted = async (id) => (await ask(`/v1/drafts/${id}`)).programs.find((p) => p.id === PROGRAM).files;
const write = (id, files, remove = []) => ask(`/v1/drafts/${id}/files`, { method: 'PUT', body: { program: PROGRAM, files, remove } });
const matrix = (of = 'releases/live') => ask(`/v1/${of}/programs/${PROGRAM}/content`);
const known = async (path) => (await fetch(the.url + path, { headers: { 'Attune-Purpose': 'coordination' } })).json();
const column = (page, channel) => page.locator(`.text-of[data-channel="${channel}"]`);
const written = (page, channel) => column(page, channel).getByLabel(/^What is written/);
const fresh = (page, channel) => column(page, channel).locator('[data-preview][data-fresh]').waitFor();

describe('content', { timeout: 180_000 }, () => {
  it('is a table of everything that can be said, as the API tells it, by keys', async (t) => {
    const page = await open(t, `/console/programs/${PROGRAM}/journeys`);
    await page.locator('.step').first().waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.getByRole('heading', { level: 1, name: 'Content' }).waitFor();
    const m = await matrix();
    await page.locator('.matrix').waitFor();
    const shown = await page.locator('[data-cell]').evaluateAll((all) => all.map((el) => `${el.dataset.cell} ${el.dataset.state}`));
    assert.deepEqual(shown, m.rows.flatMap((r) => r.cells.map((c) => `${r.engagement}/${r.variant} ${c.channel} ${c.language} ${c.state}`)));
    assert.ok(shown.length > 40);
    const texts = new Set(m.rows.flatMap((r) => r.cells.filter((c) => c.content !== undefined).map((c) => c.content)));
    assert.equal((await page.locator('[data-tally]').getAttribute('data-tally')).split(' ')[0], String(texts.size));
    // One stop for Tab; arrows go on from there.
    await page.locator('.matrix [tabindex="0"]').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowUp']) await page.keyboard.press(key);
    const at = m.rows[1].cells[1];
    assert.equal(await page.evaluate(() => document.activeElement.dataset.cell), `${m.rows[1].engagement}/${m.rows[1].variant} ${at.channel} ${at.language}`);
    await page.keyboard.press('Enter');
    await page.locator(`[data-text="${at.content}"]`).waitFor();
    await page.keyboard.press(']');
    await page.locator(`[data-variant="${m.rows[2].engagement}/${m.rows[2].variant}"]`).waitFor();
    await page.keyboard.press('[');
    await page.locator(`[data-variant="${m.rows[1].engagement}/${m.rows[1].variant}"]`).waitFor();
    await page.keyboard.press('p');
    await page.waitForFunction(() => document.activeElement?.tagName === 'SELECT');
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('Escape');
    await page.waitForFunction((cell) => document.activeElement?.dataset?.cell?.startsWith(cell), `${m.rows[1].engagement}/${m.rows[1].variant}`);
    // A phase, and the same as a table.
    await page.getByLabel('Phase').selectOption('referral');
    const some = m.rows.filter((r) => r.phases.includes('referral'));
    await page.waitForFunction((n) => document.querySelectorAll('.matrix tbody tr').length === n, some.length);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'As a table (CSV)' }).click()]);
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
    assert.equal(lines.length, 1 + some.reduce((n, r) => n + r.cells.length, 0));
    assert.ok(lines[1].includes(some[0].cells[0].hash));
  });

  it('is given on paper, live and of a draft, for who approves the words', async (t) => {
    const { rows } = await ask(`/v1/releases/live/programs/${PROGRAM}/content`);
    const of = `text=${rows[0].engagement}/${rows[0].variant}`;
    const page = await open(t, `${CONTENT}?${of}`);
    const paper = async () => {
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Review pack (PDF)' }).click()]);
      assert.equal(file.suggestedFilename(), `${rows[0].engagement}-review.pdf`);
      return readFile(await file.path());
    };
    const live = await paper();
    assert.equal(live.subarray(0, 5).toString(), '%PDF-');
    const { draft } = await ask('/v1/drafts', { method: 'POST', body: { name: 'On paper' } });
    await page.goto(`${the.url}${CONTENT}?${of}&draft=${draft}`);
    const drawn = await paper();
    assert.equal(drawn.subarray(0, 5).toString(), '%PDF-');
    assert.ok(!drawn.equals(live), 'the draft is told as what is live');
  });

  it('is shown as it was sent, byte for byte', async (t) => {
    const { items } = await ask(`/v1/programs/${PROGRAM}/phases/referral/passages?end=entered&limit=50`);
    const { release } = await ask('/v1/releases/live');
    const sent = new Map(); // one message for each channel and language
    for (const { person } of items) {
      const { lines } = await known(`/v1/people/${person}/story`);
      for (const touch of new Set(lines.map((l) => l.touch).filter(Boolean))) {
        const x = await known(`/v1/touches/${touch}?person=${person}`);
        const taken = x.attempts.find((a) => a.outcome === 'accepted');
        if (x.program === PROGRAM && taken !== undefined && !sent.has(`${x.channel} ${x.language}`)) sent.set(`${x.channel} ${x.language}`, { person, ...x, taken });
      }
      if (sent.size >= 4) break;
    }
    assert.ok(sent.size >= 2, `only ${[...sent.keys()]} was sent, so this shows little`);
    assert.notEqual(release, '');
    const page = await open(t, `${CONTENT}?text=${[...sent.values()][0].engagement}/${[...sent.values()][0].variant}`);
    for (const x of sent.values()) {
      await page.goto(`${the.url}${CONTENT}?text=${x.engagement}/${x.variant}&language=${x.language}`);
      await page.getByLabel('As it is sent to').selectOption('somebody');
      assert.equal(await page.locator('[data-preview]').count(), 0, 'nobody is named, and somebody is shown');
      await page.getByLabel('Their id').fill(x.person);
      await page.keyboard.press('Enter');
      await fresh(page, x.channel);
      const preview = column(page, x.channel).locator('[data-preview]');
      assert.equal(await preview.locator('[data-body]').evaluate((el) => el.textContent), x.taken.body, `${x.channel} ${x.language}`);
      if (x.taken.subject !== undefined) assert.equal(await preview.locator('[data-subject]').textContent(), x.taken.subject);
      assert.ok(!page.url().includes(x.person), 'the address names somebody');
    }
    const looks = await known(`/v1/people/${[...sent.values()][0].person}/looks`);
    assert.ok(JSON.stringify(looks).includes('person'), 'looking is recorded');
    t.diagnostic(`held against ${[...sent.keys()].join(', ')}`);
    await page.getByLabel('As it is sent to').selectOption('nobody');
    await page.locator('[data-preview][data-fresh]').first().waitFor();
    await page.getByText('Not known of this person', { exact: false }).first().waitFor();
    await page.getByLabel('As it is sent to').selectOption('stories/waits-without-news.txtar');
    await page.locator('[data-preview][data-fresh]').first().waitFor();
  });

  it('is changed in a draft: what is typed is checked and shown before it is kept, and every other file stays', async (t) => {
    const id = await newDraft('Other words');
    const was = await drafted(id);
    const file = 'content/sms/news-what-next.en.liquid';
    const page = await open(t, `${CONTENT}?text=referral_news/what_next&language=en&draft=${id}`);
    await fresh(page, 'sms');
    const sms = column(page, 'sms');
    await written(page, 'sms').fill('Dear {{ first_name }},\nyou have not been forgotten – ring us.');
    await sms.locator('[data-findings="2"]').waitFor(); // no fallback, and no way to stop
    assert.equal((await drafted(id))[file], was[file], 'it was kept before anybody asked for it');
    await sms.getByText('may be unknown and has no fallback', { exact: false }).waitFor();
    await sms.getByText('does not say how to stop messages', { exact: false }).waitFor();
    await accessible(page, 'findings');
    await sms.getByRole('button', { name: 'Go to line 2' }).click();
    assert.equal(await page.evaluate(() => document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)), 'you have not been forgotten – ring us.');
    // Whoever goes is asked.
    await page.getByRole('button', { name: 'es', exact: true }).click();
    await page.getByRole('dialog', { name: 'Leave what you typed?' }).getByRole('button', { name: 'Stay here' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Map' }).click();
    await page.getByRole('dialog', { name: 'Leave what you typed?' }).getByRole('button', { name: 'Stay here' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await written(page, 'sms').fill('{{ name | default: "Hello" }}, you are not forgotten. Ring us. {{ organisation }}. STOP ends these texts.');
    await sms.locator('[data-findings]').waitFor({ state: 'detached' });
    await fresh(page, 'sms');
    const body = await sms.locator('[data-body]').evaluate((el) => el.textContent);
    assert.equal(body, 'Ana, you are not forgotten. Ring us. Green Lane Rheumatology. STOP ends these texts.\n');
    await sms.locator('[data-segments="1"]').waitFor();
    await written(page, 'sms').press('Control+s');
    await page.locator('[data-version="2"]').waitFor();
    const is = await drafted(id);
    assert.deepEqual(Object.keys(is).filter((f) => is[f] !== was[f]), [file]);
    await page.getByRole('button', { name: 'es', exact: true }).click();
    await page.locator('[data-text="sms/news-what-next.es"]').waitFor();
    // A language that is missing is a gap, which says what it means, and is written here.
    const gap = 'content/sms/news-what-next.es.liquid';
    await write(id, {}, [gap]);
    await column(page, 'sms').locator('[data-state="missing"]').waitFor();
    await page.locator('[data-gaps="1"]').waitFor();
    const { phases } = await ask(`/v1/programs/${PROGRAM}/lived`);
    const here = phases.find((p) => p.phase === 'referral').here;
    await page.locator('[data-gaps]', { hasText: here === 0 ? 'Nobody is in' : here === null ? 'is hidden' : `${here} ${here === 1 ? 'person is' : 'people are'} in` }).waitFor();
    await page.getByRole('button', { name: /^All texts/ }).click();
    await page.getByRole('button', { name: 'Only with gaps' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.matrix tbody tr').length === 1);
    assert.equal(await page.locator('[data-cell="referral_news/what_next sms es"]').getAttribute('data-state'), 'missing');
    await page.screenshot({ path: join(SHOTS, 'console-content-gap.png') });
    await page.locator('[data-cell="referral_news/what_next sms es"]').click();
    await written(page, 'sms').fill(was[gap]);
    await fresh(page, 'sms');
    await column(page, 'sms').getByRole('button', { name: /^Keep it in the draft/ }).click();
    await page.locator('[data-version="4"]').waitFor();
    await column(page, 'sms').locator('[data-state="draft"]').waitFor();
    assert.equal((await drafted(id))[gap], was[gap]);
  });

  it('is approved word by word: who changes one character has a draft again', async (t) => {
    const id = await newDraft('Signed');
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const key = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url').toString('base64');
    const files = await drafted(id);
    await write(id, { 'policy.yaml': `${files['policy.yaml']}approvals:\n  approvers:\n    ana_ruiz: {name: Dr Ana Ruiz, role: medical, key: "ed25519:${key}"}\n` });
    const programs = [{ id: PROGRAM, files: await drafted(id) }];
    const { texts } = await ask('/v1/texts/signatures/prepare', { method: 'POST', body: { programs, program: PROGRAM, by: 'ana_ruiz', role: 'medical', content: 'sms/news-*', expires: '2099-01-01' } });
    const lines = texts.map((x) => ({ ...x.line, signature: sign(null, Buffer.from(x.sign, 'base64'), privateKey).toString('base64') }));
    const signed = await ask('/v1/texts/signatures/medical', { method: 'POST', body: { programs, program: PROGRAM, lines } });
    await write(id, { 'approvals.yaml': signed.text });
    const page = await open(t, `${CONTENT}?text=referral_news/what_next&language=en&draft=${id}`);
    const sms = column(page, 'sms');
    await sms.locator('[data-state="approved"]').waitFor();
    const { rows } = await matrix(`drafts/${id}`);
    const cell = rows.find((r) => r.variant === 'what_next').cells.find((c) => c.content === 'sms/news-what-next.en');
    assert.equal(cell.state, 'approved');
    assert.match(await sms.locator('[data-approval="holds"]').textContent(), /Dr Ana Ruiz as medical, .* until 2099-01-01/);
    assert.ok((await sms.locator('.hash').textContent()).includes(cell.hash.slice(0, 16)));
    await accessible(page, 'an approved text');
    await written(page, 'sms').press('Control+End');
    await page.keyboard.type('!'); // one character
    await sms.locator('[data-state="draft"]').waitFor();
    await sms.locator('[data-approval="edited since"]').waitFor();
    await page.keyboard.press('Backspace'); // and as it was signed
    await sms.locator('[data-state="approved"]').waitFor();
    await page.keyboard.type('.');
    await page.keyboard.press('Control+s');
    await page.locator('[data-version="4"]').waitFor();
    await page.getByRole('button', { name: /^All texts/ }).click();
    await page.waitForFunction(() => document.querySelector('[data-cell="referral_news/what_next sms en"]')?.dataset.state === 'draft');
    assert.equal(await page.locator('[data-cell="referral_news/what_next sms es"]').getAttribute('data-state'), 'approved');
  });

  for (const colorScheme of ['light', 'dark']) {
    it(`can be used by everybody, in ${colorScheme}`, async (t) => {
      const page = await open(t, CONTENT, { colorScheme });
      await page.locator('.matrix').waitFor();
      await accessible(page, 'the matrix');
      await page.screenshot({ path: join(SHOTS, `console-content-${colorScheme}.png`) });
      await page.goto(`${the.url}${CONTENT}?text=referral_news/what_next&language=es`);
      await fresh(page, 'email');
      await accessible(page, 'a text');
      await page.screenshot({ path: join(SHOTS, `console-text-${colorScheme}.png`) });
      await page.setViewportSize({ width: 390, height: 800 });
      await accessible(page, 'a text on a telephone');
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is not sideways');
      await page.goto(`${the.url}${CONTENT}?phase=nowhere`);
      await page.getByRole('heading', { name: 'Nothing is like that' }).waitFor();
      await accessible(page, 'nothing that fits');
    });
  }
});
