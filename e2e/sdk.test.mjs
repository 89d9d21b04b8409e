// The SDKs for servers against the real binary: what an app sends arrives, once, whatever happens between.
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Attune, eventually } from './attune.mjs';
import { faultyProxy, random } from './faults.mjs';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const again = `run again with SEED=${seed}`;

/** An SDK that remembers what was acknowledged. */
function sdk(host, writeKey) {
  const analytics = new Analytics({ host, writeKey, flushAt: 15, flushInterval: 50, maxRetries: 50 });
  const failures = [];
  analytics.on('error', (err) => failures.push(String(err.reason?.message ?? err.reason ?? err.code)));
  // The callbacks of its calls come 300 ms late; these events come with the answer.
  const acknowledged = new Set();
  for (const type of ['identify', 'track', 'page', 'screen', 'group', 'alias']) {
    analytics.on(type, (ctx) => acknowledged.add(ctx.event.messageId));
  }
  return {
    failures,
    acknowledged,
    send: (type, event) => analytics[type](event),
    /** Waits for all that was sent and tells how many were acknowledged. */
    async settle() {
      await analytics.closeAndFlush({ timeout: 180_000 });
      return acknowledged.size;
    },
  };
}

/** How often each person visited the portal, as Attune says; asked until it is as wanted or time is up. */
function visits(attune, want) {
  const all = async () => Object.fromEntries(await Promise.all(Object.keys(want).map(
    async (who) => [who, (await attune.events(`app:${who}`))['portal.visited'] ?? 0])));
  return eventually(all, (got) => Object.keys(want).every((who) => got[who] >= want[who]));
}

test('all six calls arrive as what they mean, and a bad event costs only itself', async (t) => {
  const attune = await Attune.create(t);
  await attune.start();
  const { send, settle, failures } = sdk(attune.url, attune.keys.app);
  send('identify', { userId: 'ana', traits: { first_name: 'Ana', language: 'es' } });
  send('track', { userId: 'ana', event: 'medication.dispensed', properties: { code: '860975', days_supply: 30 } });
  send('track', { userId: 'ana', event: 'medication.dispensed', properties: { code: '860975', days_supply: 'thirty' } });
  send('track', { userId: 'ana', event: 'Button Clicked', properties: { colour: 'blue' } });
  send('page', { userId: 'ana', category: 'Docs', name: 'Asthma', properties: { url: 'https://app.example/asthma?from=mail' } });
  send('screen', { anonymousId: 'visitor', name: 'Home' });
  send('group', { userId: 'ana', groupId: 'green-lane' });
  send('alias', { userId: 'ana', previousId: 'visitor' });
  assert.equal(await settle(), 8, `acknowledged; ${failures}`);

  const ana = { 'traits.updated': 1, 'medication.dispensed': 1, 'Button Clicked': 1, 'page.viewed': 1, 'group.joined': 1, 'identity.linked': 1, 'screen.viewed': 1 };
  assert.deepEqual(await eventually(() => attune.events('app:ana'), (e) => Object.keys(e).length >= 7), ana, 'what the visitor did is Ana’s');
  assert.deepEqual(await attune.events('app:anonymous:visitor'), ana);
  const { events, quarantined, log } = await attune.doctor();
  const everything = Object.fromEntries(Object.entries(ana).map(([name, n]) => [`app/${name}`, n]));
  assert.deepEqual(events, everything);
  assert.equal(quarantined, 1);
  assert.ok(log.last >= 7);
});

test(`each messageId counts once, whatever is between (SEED=${seed})`, async (t) => {
  const attune = await Attune.create(t);
  await attune.start();
  const next = random(seed);
  const kinds = ['busy', 'error', 'lost', 'lied'];
  const proxy = await faultyProxy(t, attune.url, (n) => (n < kinds.length ? kinds[n] : next() < 0.4 ? kinds[Math.floor(next() * kinds.length)] : 'pass'));
  const { send, settle, failures } = sdk(proxy.url, attune.keys.app);
  const want = {};
  for (let i = 0; i < 300; i++) {
    const userId = `p${Math.floor(next() * 12)}`;
    want[userId] = (want[userId] ?? 0) + 1;
    send('track', { userId, event: 'portal.visited' });
    if (i % 10 === 0) await sleep(20);
  }
  assert.equal(await settle(), 300, `acknowledged; ${failures}; ${again}`);
  const twice = [...proxy.delivered.values()].filter((n) => n > 1).length;
  assert.equal(proxy.delivered.size, 300);
  assert.ok(twice > 0, 'the proxy had nothing delivered twice');
  assert.deepEqual(await visits(attune, want), want, again);
  t.diagnostic(`${JSON.stringify(proxy.done)}; ${twice} of 300 events were delivered more than once`);
});

test(`kill -9 loses nothing that was acknowledged and doubles nothing (SEED=${seed})`, async (t) => {
  const attune = await Attune.create(t);
  await attune.start();
  const next = random(seed + 1);
  const { send, settle, failures, acknowledged } = sdk(attune.url, attune.keys.app);
  const want = {};
  let sending = true;
  const sender = (async () => {
    for (let i = 0; i < 600; i++) {
      const userId = `p${Math.floor(next() * 12)}`;
      want[userId] = (want[userId] ?? 0) + 1;
      send('track', { userId, event: 'portal.visited' });
      await sleep(10);
    }
    sending = false;
  })();
  let kills = 0;
  const early = [];
  while (sending && kills < 5) {
    await sleep(200 + next() * 700);
    await attune.kill();
    kills++;
    early.push(acknowledged.size);
    await attune.start();
  }
  await sender;
  assert.equal(await settle(), 600, `acknowledged; ${failures}; ${again}`);
  await attune.kill(); // once more, now that all is acknowledged
  await attune.start();
  assert.deepEqual(await visits(attune, want), want, again);
  t.diagnostic(`${kills + 1} kills, after ${early.join(', ')} and 600 acknowledged events`);
});

test('RudderStack’s SDK is understood as it comes: zipped, and called a form', async (t) => {
  const attune = await Attune.create(t);
  await attune.start();
  const rudder = new RudderAnalytics(attune.keys.app, { dataPlaneUrl: attune.url, flushAt: 5, flushInterval: 50, logLevel: 'error' });
  const say = (type, event) => new Promise((done, fail) => { rudder[type](event, (err) => (err ? fail(err) : done())); });
  const said = [
    say('identify', { userId: 'ana', traits: { first_name: 'Ana', language: 'es' } }),
    say('track', { userId: 'ana', event: 'medication.dispensed', properties: { code: '860975', days_supply: 30 } }),
    say('page', { userId: 'ana', name: 'Asthma' }),
    say('group', { userId: 'ana', groupId: 'green-lane' }),
    say('alias', { userId: 'ana', previousId: 'visitor' }),
    say('screen', { anonymousId: 'visitor', name: 'Home' }),
  ];
  await rudder.flush();
  await Promise.all(said);
  const ana = { 'traits.updated': 1, 'medication.dispensed': 1, 'page.viewed': 1, 'group.joined': 1, 'identity.linked': 1, 'screen.viewed': 1 };
  assert.deepEqual(await eventually(() => attune.events('app:ana'), (e) => Object.keys(e).length >= 6), ana);
  assert.deepEqual(await attune.events('app:anonymous:visitor'), ana, 'nobody was the visitor before, so Ana is');
  assert.equal((await attune.doctor()).quarantined, 0);
});

test('history starts nothing', async (t) => {
  const attune = await Attune.create(t);
  await attune.start();
  const happened = (userId) => [
    ['identify', { traits: { first_name: 'Mia', email: `${userId}@patients.example` } }],
    ['track', { event: 'clinical.condition_recorded', properties: { codes: ['44054006'] } }],
    ['track', { event: 'appointment.noshow' }],
  ].map(([type, event], i) => ({ type, userId, messageId: `${userId}-${i}`, timestamp: new Date(Date.now() - 60_000).toISOString(), ...event }));
  const post = async (path, batch) => {
    const answer = await fetch(attune.url + path, { method: 'POST', body: JSON.stringify({ batch }), headers: { authorization: `Basic ${btoa(`${attune.keys.app}:`)}` } });
    assert.deepEqual([answer.status, await answer.json()], [200, { success: true }]);
  };
  await post('/v1/import', happened('past'));
  await post('/v1/batch', happened('now'));
  const { journeys } = await eventually(() => attune.person('app:now').catch(() => ({})), (p) => p.journeys?.length > 0);
  assert.ok(journeys?.length > 0, 'what happens now starts journeys');
  const past = await attune.person('app:past');
  assert.deepEqual(past.events, { 'traits.updated': 1, 'clinical.condition_recorded': 1, 'appointment.noshow': 1 });
  assert.deepEqual([past.journeys, past.touches], [[], []], 'what was is only remembered');
});

test('other clients are understood, and told what is wrong', async (t) => {
  const attune = await Attune.create(t);
  await attune.start();
  const post = async (path, body, headers = {}) => {
    const answer = await fetch(attune.url + path, { method: 'POST', body, redirect: 'manual', headers: { authorization: `Basic ${btoa(`${attune.keys.app}:`)}`, ...headers } });
    return [answer.status, await answer.json()];
  };
  const batch = JSON.stringify({ batch: [{ type: 'track', userId: 'ben', event: 'portal.visited', messageId: 'm-1', originalTimestamp: new Date().toISOString() }], sentAt: new Date().toISOString() });
  const rudder = { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' };
  assert.deepEqual(await post('/v1/batch', gzipSync(batch), rudder), [200, { success: true }]);
  assert.deepEqual(await post('//v1/batch/', batch), [200, { success: true }], 'never a redirect');
  assert.deepEqual(await visits(attune, { ben: 1 }), { ben: 1 });

  for (const [status, path, body, headers] of [
    [401, '/v1/batch', batch, { authorization: `Basic ${btoa('nobody:')}` }],
    [400, '/v1/batch', '{"SECRET"', {}],
    [400, '/v1/batch', '{"SECRET":1}', {}],
    [404, '/v1/nothing', batch, {}],
    [413, '/v1/track', `{"a":"${'x'.repeat(600_000)}"}`, {}],
    [415, '/v1/track', '<a/>', { 'content-type': 'text/xml' }],
  ]) {
    const [got, answer] = await post(path, body, headers);
    assert.equal(got, status, `${path} ${JSON.stringify(answer)}`);
    assert.equal(answer.success, false);
    assert.ok(answer.reason && answer.remedy, 'it says what is wrong and what to do');
    assert.ok(!JSON.stringify(answer).includes('SECRET'), 'it repeats nothing');
  }
  assert.ok(!attune.output.includes('SECRET') && !attune.output.includes(attune.keys.app), 'nothing of it is in the log');
});

test('records fed twice are there once', async (t) => {
  const attune = await Attune.create(t, { sources: ['ehr'] });
  await attune.start();
  const here = (name) => fileURLToPath(new URL(name, import.meta.url));
  const feed = async () => JSON.parse((await promisify(execFile)(process.execPath,
    [here('feed/feed.mjs'), '--host', attune.url, '--summary', process.env.ATTUNE_FEED ?? here('feed/sample')],
    { env: { ...process.env, ATTUNE_WRITE_KEY: attune.keys.ehr }, maxBuffer: 1 << 24 })).stdout);
  const first = await feed();
  assert.equal(first.living + first.deceased, first.patients);
  const second = await feed();
  assert.deepEqual(second.events, first.events);
  const want = Object.fromEntries(Object.entries(first.events).map(([name, n]) => [`ehr/${name}`, n]));
  const total = Object.values(first.events).reduce((a, b) => a + b, 0);
  const sum = (d) => Object.entries(d.events).filter(([name]) => name in want).reduce((a, [, n]) => a + n, 0);
  const d = await eventually(() => attune.doctor(), (d) => sum(d) >= total, 120_000);
  for (const name of Object.keys(want)) assert.equal(d.events[name], want[name], name);
  assert.equal(d.quarantined, 0);
});
