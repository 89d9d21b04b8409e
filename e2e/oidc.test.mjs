// Staff sign in by an account elsewhere: a certified provider of OpenID Connect (oidc-provider), the real binary, a real browser.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import Provider from 'oidc-provider';

import { browse } from './browser.mjs';
import { Attune, freePort } from './attune.mjs';

let browser;
before(async () => {
  browser = await browse('--ignore-certificate-errors');
});
after(() => browser?.close());

const SECRET = 'a-secret-of-the-tests-alone-0123456789';

/** A provider that knows people by their address: whoever types one and a password is that one. */
async function provider(t, back, verified = () => true) {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const op = new Provider(issuer, {
    clients: [{ client_id: 'attune', client_secret: SECRET, redirect_uris: [back], response_types: ['code'], grant_types: ['authorization_code'] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: `number-of-${id}`.replace(/@.*/, ''), email: id, email_verified: verified(id) }) }),
    pkce: { required: () => true },
    cookies: { keys: ['only-for-tests'] },
  });
  const server = await new Promise((resolve) => { const s = op.listen(port, '127.0.0.1', () => resolve(s)); });
  t.after(() => { server.closeAllConnections(); server.close(); });
  return { issuer, port };
}

/** What stands before a server in real life: TLS, and the words about who came. */
async function proxy(t, port) {
  const dir = await mkdtemp(join(tmpdir(), 'attune-e2e-tls-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const run = promisify(execFile);
  const root = (await run('go', ['env', 'GOROOT'])).stdout.trim();
  await run('go', ['run', join(root, 'src/crypto/tls/generate_cert.go'), '--host', 'localhost', '--ecdsa-curve', 'P256'], { cwd: dir });
  const server = https.createServer({ key: await readFile(join(dir, 'key.pem')), cert: await readFile(join(dir, 'cert.pem')) }, (req, res) => {
    const headers = { ...req.headers, 'x-forwarded-proto': 'https', 'x-forwarded-for': req.socket.remoteAddress };
    req.pipe(http.request({ port, host: '127.0.0.1', method: req.method, path: req.url, headers }, (answer) => {
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    }).on('error', () => res.destroy()));
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.after(() => { server.closeAllConnections(); server.close(); });
  return `https://localhost:${server.address().port}`;
}

test('staff sign in by a certified provider, as whom it says, and nobody else does', async (t) => {
  const attune = await Attune.create(t);
  const url = await proxy(t, attune.port);
  const elsewhere = await provider(t, `${url}/sign-in/elsewhere/done`, (id) => !id.startsWith('unsure'));
  Object.assign(process.env, {
    ATTUNE_PUBLIC_URL: url, ATTUNE_STAFF_ISSUER: elsewhere.issuer, ATTUNE_STAFF_CLIENT_ID: 'attune', ATTUNE_STAFF_CLIENT_SECRET: SECRET,
    ATTUNE_STAFF_BUTTON: 'Riverside', ATTUNE_OUTBOUND_ALLOW: `127.0.0.1:${elsewhere.port}`,
  });
  t.after(() => { for (const name of Object.keys(process.env)) if (/^ATTUNE_(PUBLIC_URL|STAFF_|OUTBOUND_)/.test(name)) delete process.env[name]; });
  await attune.start();
  for (const [name, email] of [['Kim Lee', 'kim@clinic.example'], ['Una Sure', 'unsure@clinic.example']]) {
    await attune.cli('staff', 'invite', '--email', email, '--name', name, '--role', 'operator', '--url', url);
  }

  const come = async (email) => {
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(`${url}/sign-in`);
    await page.getByText('Riverside').click();
    await page.fill('input[name=login]', email);
    await page.fill('input[name=password]', 'whatever');
    await page.click('button[type=submit]');
    await page.waitForURL(/interaction/);
    await page.click('button[type=submit]'); // that Attune may know the address
    return page;
  };

  const kim = await come('kim@clinic.example');
  await kim.locator('a[href="/account"]').waitFor();
  assert.equal(new URL(kim.url()).pathname, '/', 'she is on the page');
  const cookies = (await kim.context().cookies(url)).filter((c) => c.name.includes('attune'));
  assert.ok(cookies.length > 0 && cookies.every((c) => c.httpOnly && c.secure && c.name.startsWith('__Host-')), 'the session is bound to the host, and out of reach of scripts');

  // What brought her back brings nobody a second time.
  const again = await kim.context().newPage();
  const done = `${url}/sign-in/elsewhere/done?code=used&state=used`;
  assert.equal((await again.goto(done)).status(), 403);

  for (const [email, why] of [['stranger@clinic.example', 'was not invited'], ['unsure@clinic.example', 'has an address that nobody made sure of']]) {
    const page = await come(email);
    await page.locator('.problem').waitFor();
    assert.equal(await page.locator('a[href="/account"]').count(), 0, `who ${why} is not in`);
  }
  const { stdout } = await promisify(execFile)(attune.bin, ['audit', 'list', '--what', 'staff.signed_in', '--json', '--data', attune.data]);
  const outcomes = stdout.trim().split('\n').map((line) => JSON.parse(line).outcome);
  assert.equal(outcomes.filter((o) => o === 'done').length, 1, stdout);
  assert.equal(outcomes.filter((o) => o === 'refused').length, 3, stdout);
});
