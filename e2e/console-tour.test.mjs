// What a newcomer does in their first ten minutes, in a real browser over the demonstration as it comes: docs/tour.md tells it, and its
// pictures are made here (ATTUNE_TOUR=1 node --test console-tour.test.mjs).
import assert from 'node:assert/strict';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { ask, begin, end, open, SHOTS } from './console.mjs';

const drawing = process.env.ATTUNE_TOUR !== undefined;
const PICTURES = drawing ? fileURLToPath(new URL('../docs/tour/', import.meta.url)) : join(SHOTS, 'tour');

// Time goes fast enough that somebody comes to the moment soon; for the pictures it goes as in the demonstration.
before(() => begin(drawing ? { people: 1000, days: 180, pace: 600 } : { pace: 20_000 }), { timeout: 180_000 });
after(end);

describe('a newcomer', { timeout: 600_000 }, () => {
  it('finds the worst leverage point, designs an engagement for it, tries it, publishes it, and watches the first decision and why', async (t) => {
    await mkdir(PICTURES, { recursive: true });
    const page = await open(t, '/console/', { viewport: { width: 1440, height: 810 }, reducedMotion: 'reduce', allow: ['503 (Service Unavailable)'] /* it has just begun, and reads what there is */ });
    const picture = async (name) => {
      await page.waitForTimeout(400);
      const path = join(PICTURES, `${name}.png`);
      await page.screenshot({ path });
      assert.ok((await stat(path)).size <= 300_000, `${name}.png is too large for the docs`);
    };
    await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
    await page.getByText('Reached in the last seven days').waitFor({ timeout: 60_000 });
    await picture('1-today');

    // The program, and where it hurts most.
    await page.keyboard.press('g');
    await page.keyboard.press('m');
    await page.locator('[data-point]').first().waitFor();
    await page.getByRole('heading', { level: 1, name: 'Rheumatoid arthritis, from first symptoms on' }).waitFor();
    await page.keyboard.press('l');
    await page.getByText('Why this is a leverage point').waitFor();
    const { answer: { points } } = await ask('/v1/programs/rheumatoid_referral/leverage');
    const hottest = points.filter((p) => p.heat === Math.max(...points.map((x) => x.heat)));
    const reasons = await page.getByRole('complementary').innerText();
    assert.ok(hottest.some((p) => reasons.includes(`${p.name}:`)), 'it is where the API has the most leverage');
    await picture('2-leverage');

    // An engagement for it, in a draft.
    await page.keyboard.press('e');
    await page.getByRole('dialog', { name: /^Design an engagement for/ }).waitFor();
    await picture('3-design');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('[data-draft]').waitFor();
    await page.locator('[data-problems]').waitFor();
    const draft = await page.locator('[data-draft]').getAttribute('data-draft');

    // Somebody who does not exist lives through it.
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByRole('menuitem', { name: /a dry-run/ }).click();
    await page.getByRole('button', { name: 'Close', exact: true }).click(); // what was said about the draft
    await page.locator('.told [data-drafted]').first().waitFor();
    const engagement = await page.locator('.told [data-drafted]').first().getAttribute('data-drafted');
    await picture('4-dry-run');

    // Two thousand do, under the draft and under what is live.
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByRole('menuitem', { name: /a simulation/ }).click();
    await page.locator('.new-run').getByLabel('Try').waitFor();
    await page.waitForFunction(() => document.querySelector('.new-run select')?.value.startsWith('draft/'));
    await page.keyboard.press('r');
    await page.locator('[data-number="messages 1"]').waitFor({ timeout: 120_000 });
    const [job] = (await ask('/v1/jobs')).items;
    const result = await ask(`/v1/jobs/${job.id}/result`);
    assert.deepEqual([result.people, job.try], [2000, `draft/${draft}`]);
    await picture('5-simulation');

    // Published.
    await page.getByRole('link', { name: 'Open the draft, to publish it' }).click();
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByRole('button', { name: 'Publish now' }).waitFor();
    await picture('6-publish');
    await page.getByRole('button', { name: 'Publish now' }).click();

    // The first decision, as it happens, and why.
    await page.getByRole('link', { name: /^Watch what is decided about/ }).click();
    await page.waitForURL((u) => u.pathname.endsWith('/decisions') && u.searchParams.get('engagement') === engagement);
    await page.locator('tbody tr a').first().waitFor({ timeout: 400_000 });
    await picture('7-decisions');
    await page.locator('tbody tr a').first().click();
    await page.getByRole('heading', { level: 2, name: /^What could have been said/ }).waitFor();
    await page.locator('.candidates').getByText(engagement).first().waitFor();
    assert.match(await page.locator('.sentence').innerText(), /^Decided /, 'it is said in words what was decided');
    const [person, id] = new URL(page.url()).pathname.split('/').slice(-2);
    const told = await ask(`/v1/people/${person}/decisions?touch=${id}&last=1`, { headers: { 'Attune-Purpose': 'treatment' } });
    assert.ok(JSON.stringify(told).includes(`"engagement":"${engagement}"`), 'it is a decision about what was designed');
    await picture('8-why');
  });
});
