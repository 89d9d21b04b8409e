// The Segment SDK for browsers, in a real browser, on a page of another origin than the server's: what the page
// says arrives if its origin is named, and only then.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { browse } from './browser.mjs';
import { Attune, eventually } from './attune.mjs';

const { resolve } = createRequire(import.meta.url);
const sdk = await readFile(resolve('@segment/analytics-next/package.json').replace('package.json', 'dist/umd/index.js'));

let browser;
before(async () => { browser = await browse(); });
after(() => browser?.close());

/** A site of its own port, thus of its own origin, whose only page loads the SDK. */
async function site(t) {
  const server = createServer((q, a) => {
    if (q.url === '/sdk.js') a.setHeader('content-type', 'text/javascript').end(sdk);
    else a.setHeader('content-type', 'text/html').end('<!doctype html><title>Asthma</title><script src="/sdk.js"></script>');
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  t.after(() => new Promise((done) => { server.close(done); server.closeAllConnections(); }));
  return `http://127.0.0.1:${server.address().port}`;
}

/** Opens the site's page, lets it say what happens, and tells what the browser sent and got. */
async function visit(t, origin, { attune, writeKey, delivery }, say) {
  const page = await browser.newPage();
  t.after(() => page.close());
  const asked = [];
  const note = (q, what) => { if (q.url().startsWith(attune.url)) asked.push(`${q.method()} ${new URL(q.url()).pathname} ${what}`); };
  page.on('response', (r) => note(r.request(), r.status()));
  page.on('requestfailed', (q) => note(q, 'refused')); // what the browser asks before is not shown
  await page.goto(`${origin}/asthma?from=mail`);
  await page.evaluate(async ({ host, writeKey, delivery }) => {
    // Settings are given, so that nothing is asked of anybody else.
    const cdnSettings = { integrations: { 'Segment.io': { apiKey: writeKey, apiHost: host, protocol: 'http', deliveryStrategy: delivery } } };
    const [analytics] = await globalThis.AnalyticsNext.AnalyticsBrowser.load({ writeKey, cdnSettings }, { integrations: { 'Segment.io': { apiHost: host, protocol: 'http', deliveryStrategy: delivery } } });
    globalThis.analytics = analytics;
  }, { host: `127.0.0.1:${attune.port}/v1`, writeKey, delivery });
  const anonymous = await page.evaluate(say);
  return { asked, anonymous, page };
}

test('a page whose origin is named says what happens, and only what it says arrives', async (t) => {
  const origin = await site(t);
  const attune = await Attune.create(t, { sources: [] });
  const { write_key: writeKey } = await attune.cli('keys', 'add', 'site', '--origin', origin);
  await attune.start();
  const { asked, anonymous } = await visit(t, origin, { attune, writeKey }, async () => {
    const { analytics } = globalThis;
    const anonymous = analytics.user().anonymousId();
    await analytics.page('Docs', 'Asthma');
    await analytics.screen('Home');
    await analytics.identify('ana', { first_name: 'Ana', language: 'es' });
    await analytics.track('medication.taken', {});
    await analytics.group('green-lane', { name: 'Green Lane' });
    await analytics.alias('ana', 'older-device');
    return anonymous;
  });
  // Two links: of the older device, and of this browser, which said who it is by being signed in.
  const ana = { 'page.viewed': 1, 'screen.viewed': 1, 'traits.updated': 1, 'medication.taken': 1, 'group.joined': 1, 'identity.linked': 2 };
  assert.deepEqual(await eventually(() => attune.events('site:ana'), (e) => Object.keys(e).length >= 6 && e['identity.linked'] >= 2), ana);
  assert.deepEqual(await attune.events(`site:anonymous:${anonymous}`), ana, 'what the browser did before is Ana’s');
  assert.deepEqual(await attune.events('site:anonymous:older-device'), ana, 'what nobody had is the same person now');
  for (const call of ['p', 's', 'i', 't', 'g', 'a']) assert.ok(asked.includes(`POST /v1/${call} 200`), `${call}: ${asked}`);
  assert.equal((await attune.doctor()).quarantined, 0);
});

test('somebody else who signs in on a browser is not who used it before', async (t) => {
  const origin = await site(t);
  const attune = await Attune.create(t, { sources: [] });
  const { write_key: writeKey } = await attune.cli('keys', 'add', 'site', '--origin', origin);
  await attune.start();
  const { anonymous: [first, second, third] } = await visit(t, origin, { attune, writeKey }, async () => {
    const { analytics } = globalThis;
    const device = () => analytics.user().anonymousId();
    const devices = [device()];
    await analytics.page('Docs', 'Asthma');
    await analytics.identify('ana');
    await analytics.identify('eva'); // without a word that Ana has gone
    devices.push(device());
    await analytics.track('portal.visited');
    await analytics.reset();
    devices.push(device());
    await analytics.screen('Home');
    return devices;
  });
  assert.notEqual(first, second);
  assert.notEqual(second, third);
  const eva = { 'traits.updated': 1, 'portal.visited': 1 };
  const ana = { 'page.viewed': 1, 'traits.updated': 1, 'identity.linked': 1 };
  assert.deepEqual(await eventually(() => attune.events('site:eva'), (e) => e['portal.visited']), eva);
  assert.deepEqual(await eventually(() => attune.events('site:ana'), (e) => e['page.viewed']), ana);
  assert.deepEqual(await attune.events(`site:anonymous:${first}`), ana);
  assert.deepEqual(await attune.events(`site:anonymous:${second}`), eva);
  assert.deepEqual(await eventually(() => attune.events(`site:anonymous:${third}`), (e) => e['screen.viewed']), { 'screen.viewed': 1 }, 'who comes after is nobody yet');
});

test('a page sends many at once', async (t) => {
  const origin = await site(t);
  const attune = await Attune.create(t, { sources: [] });
  const { write_key: writeKey } = await attune.cli('keys', 'add', 'site', '--origin', origin);
  await attune.start();
  const delivery = { strategy: 'batching', config: { size: 10, timeout: 100 } };
  const { asked } = await visit(t, origin, { attune, writeKey, delivery }, async () => {
    await Promise.all(Array.from({ length: 20 }, () => globalThis.analytics.track('portal.visited', {}, { userId: 'ben' })));
  });
  const visits = () => attune.events('site:ben');
  assert.deepEqual(await eventually(visits, (e) => e['portal.visited'] >= 20), { 'portal.visited': 20 });
  assert.ok(asked.includes('POST /v1/b 200'), `${asked}`);
});

test('a page of another origin, or with a server’s key, says nothing', async (t) => {
  const [home, stranger] = [await site(t), await site(t)];
  const attune = await Attune.create(t, { sources: ['server'] });
  const { write_key: writeKey } = await attune.cli('keys', 'add', 'site', '--origin', home);
  await attune.start();
  for (const [origin, key] of [[stranger, writeKey], [home, attune.keys.server]]) {
    const { asked, page } = await visit(t, origin, { attune, writeKey: key }, () => { void globalThis.analytics.track('portal.visited', {}, { userId: 'ana' }); });
    const plain = await page.evaluate(async ({ url, writeKey }) => { // without asking before, as any page can
      const body = JSON.stringify({ userId: 'ana', event: 'portal.visited', writeKey });
      return fetch(`${url}/v1/t`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body }).then((r) => r.status, () => 'unreadable');
    }, { url: attune.url, writeKey: key });
    assert.equal(plain, 'unreadable');
    const answers = await eventually(() => asked, (a) => a.filter((s) => s.endsWith(' refused')).length >= 2, 10_000);
    assert.ok(answers.length >= 2 && answers.every((a) => /^POST .v1.t (refused|403)$/.test(a)), `${answers}`);
    await page.close();
  }
  const { events, quarantined } = await attune.doctor();
  assert.deepEqual([events, quarantined], [{}, 0]);
});
