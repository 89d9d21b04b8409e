// Passkeys, in a real browser with an authenticator that the browser itself plays: set up at the first sign-in, signed in with alone and after a
// password, refused where they should be, renamed and removed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { browse } from './browser.mjs';
import { Attune } from './attune.mjs';
import { authenticator } from './signin.mjs';

let browser;
before(async () => { browser = await browse(); });
after(() => browser?.close());

const PASSWORD = 'seven grey herons wade';

/** A member of staff with a device of their own, who has opened the server's page by name. */
async function arrive(t, attune, { email = 'kim@clinic.example', javaScriptEnabled = true } = {}) {
  const url = `http://localhost:${attune.port}`;
  const { link } = await attune.cli('staff', 'invite', '--email', email, '--name', 'Kim Lee', '--role', 'operator', '--url', url);
  const context = await browser.newContext({ javaScriptEnabled });
  t.after(() => context.close());
  const page = await context.newPage();
  const wrong = [];
  page.on('pageerror', (e) => wrong.push(e.message));
  page.on('console', (m) => { if (m.type() === 'error' && !/status of 4\d\d/.test(m.text())) wrong.push(m.text()); });
  await page.goto(link);
  await page.fill('#password', PASSWORD);
  await page.fill('#again', PASSWORD);
  await page.click('main button');
  await signIn(page, url, email);
  return { page, url, wrong, context };
}

async function signIn(page, url, email = 'kim@clinic.example') {
  await page.goto(`${url}/sign-in`);
  await page.fill('#email', email);
  await page.fill('#password', PASSWORD);
  await page.click('form[action="/sign-in"] button');
}

/** A device that makes sure of its owner, and answers by itself. */
async function device(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  return {
    verified: (isUserVerified) => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    credentials: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    add: (credential) => cdp.send('WebAuthn.addCredential', { authenticatorId, credential }),
    clear: () => cdp.send('WebAuthn.clearCredentials', { authenticatorId }),
  };
}

const signOut = (page) => page.click('form[action="/sign-out"] button');
const signedIn = (page) => page.locator('a[href="/account"]').waitFor();

test('a passkey lets its owner in, alone and after the password, and nobody else', async (t) => {
  const attune = await Attune.create(t);
  await attune.start();
  const { page, url, wrong } = await arrive(t, attune);
  const key = await device(page);

  // The first sign-in: a passkey instead of an authenticator, and recovery codes.
  await page.fill('#name', 'Ward telephone');
  await page.click('form[data-passkey=new] button');
  await page.locator('code').nth(9).waitFor(); // the page before shows one, an authenticator's key
  assert.equal(await page.locator('code').count(), 10, 'recovery codes are shown');
  const recovery = await page.locator('code').first().textContent();
  await page.goto(url);
  await signedIn(page);
  const [made] = await key.credentials();
  assert.equal(made.rpId, 'localhost');
  assert.ok(made.isResidentCredential);

  // Alone.
  await signOut(page);
  await page.goto(`${url}/sign-in`);
  await page.click('form[data-passkey=in] button');
  await signedIn(page);

  // After the password, as its second factor.
  await signOut(page);
  await signIn(page, url);
  await page.click('form[data-passkey=in] button');
  await signedIn(page);

  // A device that did not make sure of its owner lets nobody in.
  await signOut(page);
  await key.verified(false);
  await page.goto(`${url}/sign-in`);
  await page.click('form[data-passkey=in] button');
  await page.locator('form[data-passkey=in] [role=alert]', { hasText: 'Nothing was done' }).waitFor();
  await key.verified(true);

  // A copy, which counts from where it was made.
  const [now] = await key.credentials();
  assert.ok(now.signCount > 1, 'the device counts');
  await key.clear();
  await key.add({ ...now, signCount: 1 });
  await page.goto(`${url}/sign-in`);
  await page.click('form[data-passkey=in] button');
  await page.locator('.problem', { hasText: 'older count' }).waitFor();

  // Lost: a recovery code, once, and an authenticator beside.
  await signIn(page, url);
  await page.fill('#code', recovery);
  await page.click('form[action="/sign-in/code"] button');
  await signedIn(page);
  await page.goto(`${url}/account`);
  await page.click('summary');
  await page.fill('input[id^="current-"]', PASSWORD);
  await page.click('form[action="/account/passkeys/remove"] button');
  await page.locator('.problem', { hasText: 'only second factor' }).waitFor();
  await page.click('summary');
  await page.fill('input[id^="name-"]', 'Old telephone');
  await page.click('form[action="/account/passkeys/name"] button');
  await page.locator('summary', { hasText: 'Old telephone' }).waitFor();

  // Another passkey needs the password again; then the first may go, and is of no use.
  await key.clear();
  await page.fill('#passkey-name', 'New telephone');
  await page.fill('#passkey-current', 'not the password');
  await page.click('form[data-passkey=new] button');
  await page.locator('form[data-passkey=new] [role=alert]', { hasText: 'password is not right' }).waitFor();
  assert.deepEqual(await key.credentials(), []);
  await page.fill('#passkey-current', PASSWORD);
  await page.click('form[data-passkey=new] button');
  await page.locator('summary', { hasText: 'New telephone' }).waitFor();
  await page.locator('summary', { hasText: 'Old telephone' }).click();
  await page.locator('details[open] input[name=current]').fill(PASSWORD);
  await page.locator('details[open] form[action="/account/passkeys/remove"] button').click();
  await page.locator('summary', { hasText: 'New telephone' }).waitFor();
  assert.equal(await page.locator('summary').count(), 1);
  await signOut(page);
  const [fresh] = await key.credentials();
  await key.clear();
  await key.add({ ...now, signCount: 1000 });
  await page.goto(`${url}/sign-in`);
  await page.click('form[data-passkey=in] button');
  await page.locator('.problem', { hasText: 'did not work' }).waitFor();
  await key.clear();
  await key.add(fresh);
  await page.click('form[data-passkey=in] button');
  await signedIn(page);

  assert.deepEqual(wrong, []);
  const { stdout } = await promisify(execFile)(attune.bin, ['audit', 'list', '--json', '--data', attune.data]);
  const told = stdout.trim().split('\n').map((line) => JSON.parse(line)).map((r) => `${r.what} ${r.outcome} ${r.actor.how ?? ''}`.trim());
  for (const one of ['passkey.added done cookie', 'passkey.renamed done cookie', 'passkey.removed refused cookie', 'passkey.removed done cookie', 'staff.signed_in done passkey', 'access.refused refused passkey']) {
    assert.ok(told.includes(one), `the audit log has no ${one}: ${told}`);
  }
});

test('where passkeys cannot work the page says why, and goes on without them', async (t) => {
  const attune = await Attune.create(t);
  await attune.start();
  const { page, url } = await arrive(t, attune, { javaScriptEnabled: false });
  assert.equal(await page.locator('form[data-passkey]').first().isVisible(), false, 'without JavaScript no button does nothing');
  const secret = (await page.locator('code').first().textContent()).replaceAll(' ', '');
  await page.fill('#code', authenticator(secret));
  await page.click('form[action="/account/factor"] button');
  await page.locator('code').nth(9).waitFor();
  assert.equal(await page.locator('code').count(), 10);
  await page.goto(`${url}/account`);
  assert.match(await page.content(), /To set one up, this page needs JavaScript\./);
  const elsewhere = url.replace('localhost', '127.0.0.1');
  await signIn(page, elsewhere);
  assert.equal(await page.locator('form[data-passkey]').count(), 0);
  const answer = await page.request.post(`${elsewhere}/sign-in/passkey/begin`);
  assert.equal(answer.status(), 422);
  assert.match((await answer.json()).problem, /need a name/);
});
