// Who asks without a person at a screen, and what takes two people: tokens, systems and ceilings, on a real server at which staff sign in.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { browse } from './browser.mjs';
import { Attune, eventually, quick } from './attune.mjs';
import { accessible, SHOTS } from './console.mjs';
import { joins } from './signin.mjs';

let browser, attune, folder;
before(async () => {
  browser = await browse();
  folder = await mkdtemp(join(tmpdir(), 'attune-access-'));
  attune = await (await Attune.create(undefined, { program: await quick(join(folder, 'program')) })).start();
}, { timeout: 180_000 });
after(async () => {
  await browser?.close();
  await attune?.stop();
  for (const f of [folder, attune?.data]) if (f) await rm(f, { recursive: true, force: true });
});

async function staff(t, account) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  t.after(() => context.close());
  return joins(context, attune, account);
}

const me = async (token) => {
  const answer = await fetch(`${attune.url}/v1/me`, { headers: { Authorization: `Bearer ${token}` } });
  return { status: answer.status, ...(answer.ok ? await answer.json() : {}) };
};

describe('tokens and systems', { timeout: 180_000 }, () => {
  it('are made, shown once, work, and are taken away', async (t) => {
    const page = await staff(t, { email: 'ada@clinic.example', name: 'Ada Smit', roles: ['admin'] });
    await page.goto(`${attune.url}/console/settings/keys`);
    const dialog = page.getByRole('dialog');
    await page.getByText('You have no token.').waitFor();

    await page.getByRole('button', { name: 'Make a token for yourself' }).click();
    await dialog.getByLabel('What it is for').fill('laptop');
    await accessible(page, 'a token of one’s own');
    await dialog.getByRole('button', { name: 'Make it' }).click();
    const own = await page.locator('[data-secret]').textContent();
    await accessible(page, 'a new token');
    assert.deepEqual([(await me(own)).name, (await me(own)).status], ['Ada Smit', 200]);
    await page.keyboard.press('Escape');
    await page.locator('[data-token="laptop"]').waitFor();
    assert.ok(!(await page.content()).includes(own), 'it is shown once');

    await page.getByRole('button', { name: 'Make a token for a script' }).click();
    await dialog.getByLabel('What it is for').fill('nightly');
    await dialog.getByLabel('For how long').selectOption('7');
    await dialog.getByLabel('auditor', { exact: true }).check();
    await dialog.getByRole('button', { name: 'Make it' }).click();
    const script = await page.locator('[data-secret]').textContent();
    assert.deepEqual((await me(script)).roles, ['auditor']);
    await page.keyboard.press('Escape');
    const row = page.locator('[data-token="nightly"]');
    await row.getByText('auditor').waitFor();
    const kept = (await attune.cli('tokens', 'list')).find((k) => k.name === 'nightly');
    assert.ok(Math.abs(Date.parse(kept.ends) - Date.now() - 7 * 86_400_000) < 600_000, kept.ends);
    await row.getByRole('button', { name: /Take away/ }).click();
    await dialog.getByRole('button', { name: 'Take it away' }).click();
    await row.waitFor({ state: 'detached' });
    assert.equal((await me(script)).status, 401);
    await page.locator('[data-token="laptop"]').getByRole('button', { name: /Take away/ }).click();
    await dialog.getByRole('button', { name: 'Take it away' }).click();
    await page.getByText('You have no token.').waitFor();
    assert.equal((await me(own)).status, 401);

    const keys = (kid) => JSON.stringify({ keys: [{ ...generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES384' }] });
    await page.getByRole('button', { name: 'Give a system an account' }).click();
    await dialog.getByLabel('Name', { exact: false }).first().fill('ehr');
    await dialog.getByLabel('As which source it sends events').fill('ehr');
    await dialog.getByLabel('Or its public keys').fill(keys('2027'));
    await accessible(page, 'an account for a system');
    await page.screenshot({ path: join(SHOTS, 'console-service.png') });
    await dialog.getByRole('button', { name: 'Give it an account' }).click();
    const system = page.locator('[data-service="ehr"]');
    await system.waitFor();
    const service = async () => (await (await page.request.get(`${attune.url}/v1/services`)).json()).items.find((s) => s.name === 'ehr');
    assert.deepEqual([(await service()).source, (await service()).jwks.keys[0].kid, (await service()).roles], ['ehr', '2027', ['service']]);
    await system.getByRole('button', { name: /Other keys/ }).click();
    await dialog.getByLabel('Or its public keys').fill(keys('2028'));
    await dialog.getByRole('button', { name: 'Change them' }).click();
    await dialog.waitFor({ state: 'detached' });
    await eventually(service, (s) => s.jwks.keys[0].kid === '2028');
    assert.equal((await service()).jwks.keys[0].kid, '2028');
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await accessible(page, `tokens and systems, ${colorScheme}`);
      await page.screenshot({ path: join(SHOTS, `console-keys-${colorScheme}.png`) });
    }
    await system.getByRole('button', { name: /Take away/ }).click();
    await dialog.getByRole('button', { name: 'Take it away' }).click();
    await page.getByText('No system has an account.').waitFor();
    assert.equal(await service(), undefined);
  });

  it('let somebody who lost their telephone set up another', async (t) => {
    const page = await staff(t, { email: 'max@clinic.example', name: 'Max Berg', roles: ['admin'] });
    await staff(t, { email: 'kim@clinic.example', name: 'Kim Lee', roles: ['clinician'] });
    await page.goto(`${attune.url}/console/settings/roles`);
    const row = page.locator('[data-account="kim@clinic.example"]');
    await row.getByText(/by password and/).waitFor();
    await row.getByRole('button', { name: /New password/ }).click();
    await page.getByRole('dialog').getByLabel(/They lost what they sign in with/).check();
    await accessible(page, 'another second factor');
    await page.getByRole('dialog').getByRole('button', { name: 'Make the link' }).click();
    await page.locator('[data-link]').waitFor();
    const account = (await (await page.request.get(`${attune.url}/v1/staff`)).json()).items.find((a) => a.email === 'kim@clinic.example');
    assert.deepEqual(account.factors ?? [], [], 'what was lost counts no more');
  });
});

describe('a ceiling', { timeout: 180_000 }, () => {
  it('is raised once two people ask for the same', async (t) => {
    for (const [type, messageId, rest] of [['identify', 'c-1', { traits: { first_name: 'Bo', email: 'bo@people.example', timezone: 'America/New_York' } }], ['track', 'c-2', { event: 'clinical.condition_recorded', properties: { codes: ['44054006'] } }]]) {
      const sent = await fetch(`${attune.url}/v1/${type}`, { method: 'POST', headers: { Authorization: `Basic ${btoa(`${attune.keys.app}:`)}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ type, userId: 'bo', messageId, ...rest }) });
      assert.equal(sent.status, 200);
    }
    const said = await eventually(() => attune.cli('ceiling', 'list'), (all) => all.length > 0);
    assert.ok(said.length > 0, 'nothing was said, so this shows nothing');
    const [{ program, engagement }] = said;
    const [one, other] = [await staff(t, { email: 'pat@clinic.example', name: 'Pat Moss', roles: ['publisher'] }), await staff(t, { email: 'lou@clinic.example', name: 'Lou Hart', roles: ['publisher'] })];
    const row = (page) => page.locator(`[data-ceiling="${program} ${engagement}"]`);
    await one.goto(`${attune.url}/console/settings/health`);
    await row(one).getByRole('button', { name: /^Raise/ }).click();
    const dialog = one.getByRole('dialog');
    await dialog.getByLabel('How many a day').fill('1');
    await dialog.getByRole('button', { name: 'Ask for it' }).click();
    await one.getByText(/is no more/).waitFor();
    await dialog.getByLabel('How many a day').fill('100000');
    await accessible(one, 'raising a ceiling');
    await dialog.getByRole('button', { name: 'Ask for it' }).click();
    await row(one).getByText(/Somebody else has to ask for the same until/).waitFor();
    await other.goto(`${attune.url}/console/settings/health`);
    await row(other).getByText('Pat Moss asked for 100,000 a day, for 24h.').waitFor();
    await accessible(other, 'a ceiling that waits for the second');
    await row(other).getByRole('button', { name: /^Say so too/ }).click();
    await other.getByRole('dialog').getByRole('button', { name: 'Say so too' }).click();
    await row(other).getByText(/raised until/).waitFor();
    const now = (await attune.cli('ceiling', 'list')).find((c) => c.program === program && c.engagement === engagement);
    assert.ok(now.ceiling_day === 100_000 && now.raised_until !== undefined && now.asked === undefined, JSON.stringify(now));
    await row(one).getByText(/raised until/).waitFor(); // it comes by itself
  });
});
