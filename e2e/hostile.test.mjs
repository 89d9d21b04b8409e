// Texts that would run something, in every field that somebody outside or inside can fill, and every page opened in a real browser: nothing
// runs, nobody is asked anything, no dialog opens. A page that does run them shows that this would be seen.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { browse } from './browser.mjs';
import { Attune, binary, freePort } from './attune.mjs';
import { payloads as corpus } from './payloads.mjs';
import { authenticator } from './signin.mjs';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));

// ATTUNE_HOSTILE=all plants the whole corpus; without it every third stands for the others.
const payloads = process.env.ATTUNE_HOSTILE === 'all' ? corpus : corpus.filter((_, n) => n % 3 === 0);

let browser;
before(async () => { browser = await browse(); });
after(() => browser?.close());

/** A browser in which everything that a payload could do is taken down. */
async function watch(t, own, options = {}) {
  const context = await browser.newContext(options);
  t.after(() => context.close());
  const seen = { ran: [], asked: [], dialogs: [], refused: [] };
  await context.exposeBinding('__xss', (_, n) => { seen.ran.push(n); });
  await context.exposeBinding('__refused', (_, what) => { seen.refused.push(what); });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (e) => globalThis.__refused(`${e.effectiveDirective} ${e.blockedURI}`));
  });
  await context.route((to) => to.hostname === 'evil.example', (route) => { seen.asked.push(route.request().url()); return route.abort(); });
  const page = await context.newPage();
  page.on('dialog', (d) => { seen.dialogs.push(d.message()); return d.dismiss(); });
  page.on('request', (r) => { if (!r.url().startsWith(own) && !/^(data|about):/.test(r.url())) seen.asked.push(r.url()); });
  const nothing = (where) => {
    assert.deepEqual({ ...seen, where }, { ran: [], asked: [], dialogs: [], refused: [], where });
  };
  return { context, page, seen, nothing };
}

/** Everything on a page that a reader could open or point at. */
const poke = (page) => page.evaluate(() => {
  for (const d of document.querySelectorAll('details')) d.open = true;
  for (const e of document.querySelectorAll('*')) for (const kind of ['mouseover', 'focus', 'pointerenter']) e.dispatchEvent(new Event(kind, { bubbles: true }));
  for (const e of document.querySelectorAll('main *')) for (const a of e.attributes) if (/^on/i.test(a.name)) globalThis.__xss(`${e.tagName} ${a.name}`);
  for (const e of document.querySelectorAll('[href],[src],[action],[formaction]')) for (const a of ['href', 'src', 'action', 'formaction']) if (/^(javascript|vbscript):/i.test((e.getAttribute(a) ?? '').replace(/[\s\u0000-\u001f]/g, ''))) globalThis.__xss(`${e.tagName} ${a}`);
});

test('what runs is seen', async (t) => {
  let policy = '';
  const server = createServer((q, a) => {
    const n = Number(q.url.slice(1));
    a.setHeader('content-type', 'text/html; charset=utf-8');
    if (policy) a.setHeader('content-security-policy', policy);
    a.end(`<!doctype html><title>a</title><main><pre><details>${payloads[n]}</details></pre><input value="${payloads[n]}"><input value='${payloads[n]}'><img alt=${payloads[n]}><a href="${payloads[n]}">a</a></main><script>let a = "${payloads[n]}"</script><script>let b = ('${payloads[n]}')</script>`);
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  t.after(() => new Promise((done) => { server.close(done); server.closeAllConnections(); }));
  const own = `http://127.0.0.1:${server.address().port}`;
  const { page, seen } = await watch(t, own);
  const count = () => seen.ran.length + seen.asked.length + seen.dialogs.length;
  const visit = async (n) => {
    const before = count();
    await page.goto(`${own}/${n}`, { waitUntil: 'domcontentloaded' }).catch(() => {});
    await poke(page).catch(() => {}); // it may have gone elsewhere
    await page.waitForTimeout(30);
    return count() > before;
  };
  const quiet = [];
  for (const n of payloads.keys()) if (!(await visit(n))) quiet.push(payloads[n]);
  t.diagnostic(`${payloads.length - quiet.length} of ${payloads.length} do something on a page that does not escape; the others: ${JSON.stringify(quiet)}`);
  assert.ok(corpus.length >= 60);
  assert.ok(quiet.length <= payloads.length * 0.3, `the corpus or the watcher is blind: ${quiet.join('\n')}`);
  // And where a policy keeps it from running, that is seen too.
  policy = "default-src 'none'";
  seen.ran.length = 0;
  await visit(0);
  assert.deepEqual(seen.ran, []);
  assert.ok(seen.refused.length > 0, 'a refusal of the policy is seen');
});

/** Every address at which a page or an answer is got, from the source of the routers. */
async function routes() {
  const all = new Set();
  const dir = join(ROOT, 'internal', 'api');
  for (const name of await readdir(dir)) {
    if (!name.endsWith('.go') || name.endsWith('_test.go')) continue;
    for (const [, path] of (await readFile(join(dir, name), 'utf8')).matchAll(/"GET (\/[^"]*)"/g)) all.add(path);
  }
  const contract = await readFile(join(dir, 'openapi.yaml'), 'utf8');
  let path;
  for (const line of contract.split('\n')) {
    path = /^ {2}(\/[^:]*):/.exec(line)?.[1] ?? path;
    if (path && /^ {4}get:/.test(line)) all.add(path);
  }
  return [...all];
}

async function demo(t) {
  const home = await mkdtemp(join(tmpdir(), 'attune-hostile-'));
  const [bin, port] = [await binary(), await freePort()];
  const child = spawn(bin, ['demo', '--people', '5', '--days', '3', '--pace', '1', '--listen', `127.0.0.1:${port}`, '--data', join(home, 'data')], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let wrote = '';
  for (const s of [child.stdout, child.stderr]) s.on('data', (b) => { wrote += b; });
  const gone = new Promise((done) => { child.on('exit', done); child.on('error', done); });
  t.after(async () => { child.kill('SIGTERM'); await gone; await rm(home, { recursive: true, force: true }); });
  const url = `http://127.0.0.1:${port}`;
  for (let i = 0; !(await fetch(`${url}/healthz`).then((r) => r.ok, () => false)); i++) {
    assert.ok(i < 600 && child.exitCode === null, `the demonstration did not start: ${wrote}`);
    await sleep(100);
  }
  const { stdout } = await run(bin, ['keys', 'add', 'evil', '--data', join(home, 'data'), '--json']);
  return { bin, home, data: join(home, 'data'), url, key: JSON.parse(stdout).write_key };
}

/** Plants every payload in every field, and tells how many were taken. */
async function plant({ url, key }, tell) {
  const json = async (path, body, headers = {}, method = body ? 'POST' : 'GET') => {
    const answer = await fetch(url + path, { method, headers: { 'content-type': 'application/json', 'attune-purpose': 'treatment', ...headers }, body: body && JSON.stringify(body) });
    return { status: answer.status, body: await answer.json().catch(() => null) };
  };
  const write = { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` };
  const { body: { items: catalogue } } = await json('/v1/events/catalogue');
  const kinds = catalogue.map(({ name, fields }) => ({ name, texts: fields.filter((f) => /text/.test(f.type)).map((f) => f.name), rest: fields.filter((f) => !/text/.test(f.type)).map((f) => [f.name, f.example]) }))
    .filter((k) => k.texts.length > 0 && !['patient.deceased', 'traits.updated'].includes(k.name));
  let pairs = 0;
  const fields = new Set();
  for (const [n, text] of payloads.entries()) {
    const userId = `evil-${n}`;
    const traits = { first_name: `A${text}`, last_name: text, preferred_name: text, street: text, city: text, state: text, postal_code: text, country: text, email: `evil${n}@patients.example` };
    const batch = [
      { type: 'identify', userId, messageId: `t-${n}`, traits },
      { type: 'identify', userId, messageId: `t2-${n}`, traits: { preferred_name: text, timezone: text, language: text, email: text, phone: text, [text]: text } }, // quarantined: its reason is shown
      { type: 'track', userId, messageId: `u-${n}-${text}`, event: text, properties: { [text]: text } }, // not in the catalogue: an arrival
      { type: 'page', userId, messageId: `p-${n}`, name: text, properties: { url: text, path: text, title: text, referrer: text }, context: { userAgent: text, page: { title: text } } },
      { type: 'screen', userId, messageId: `s-${n}`, name: text },
      { type: 'group', userId, messageId: `g-${n}`, groupId: text, traits: { name: text } },
      { type: 'track', userId: text, anonymousId: text, messageId: `i-${n}`, event: 'portal.visited' },
      { type: 'track', userId, messageId: `b-${n}`, event: 'appointment.booked', timestamp: text, properties: { start: text } },
      ...kinds.map((k) => ({ type: 'track', userId, messageId: `k-${k.name}-${n}`, event: k.name, properties: { ...Object.fromEntries(k.rest), ...Object.fromEntries(k.texts.map((f) => [f, text])) } })),
    ];
    const { status } = await json('/v1/batch', { batch }, write);
    assert.equal(status, 200, `the batch of ${text}`);
    for (const e of batch) for (const f of ['traits', 'properties']) for (const [k, v] of Object.entries(e[f] ?? {})) if (String(v).includes(text)) fields.add(`${e.type} ${e.event === text ? 'unknown' : e.event ?? ''} ${k === text ? '(name)' : k}`);
    pairs += batch.reduce((sum, e) => sum + [e.event, e.messageId, e.userId, e.anonymousId, e.name, e.groupId, e.timestamp, ...Object.entries(e.traits ?? {}).flat(), ...Object.entries(e.properties ?? {}).flat()].filter((v) => String(v ?? '').includes(text)).length, 0);
  }
  // What staff fill, through the API.
  const people = [];
  for (const n of payloads.keys()) {
    let found;
    for (let i = 0; !found && i < 100; i++) {
      if (i > 0) await sleep(100); // what was taken is being applied
      const { body } = await json('/v1/people/search', { id: `evil:evil-${n}` });
      found = body?.people?.[0]?.person;
    }
    if (found) people.push(found);
  }
  const taken = {};
  const refused = {};
  const say = async (field, path, body, method) => {
    const { status, body: answer } = await json(path, body, {}, method);
    if (status >= 300) refused[field] ??= `${status} ${answer?.detail ?? answer?.title}`;
    taken[field] = (taken[field] ?? 0) + (status < 300 ? 1 : 0);
    if (status < 300) pairs++;
    assert.ok(status < 500, `${field} is answered ${status}`);
  };
  for (const [n, text] of payloads.entries()) {
    const who = people[n];
    await say('hold note', `/v1/people/${who}/holds/bereavement`, { note: text }, 'PUT');
    await say('pause why', '/v1/pauses', { program: 'diabetes', why: text });
    await say('open reason', `/v1/people/${who}/openings`, { reason: text });
    await say('erasure reason', `/v1/people/${who}/erasure`, { reason: text });
    await say('legal hold', `/v1/people/${who}/legal-hold`, { reason: text }, 'PUT');
    await say('staff name', '/v1/staff', { email: `kim${n}@clinic.example`, name: text, roles: ['auditor'] });
  }
  // What another system's records say.
  const send = async (name, text) => {
    const { body: { upload } } = await json('/v1/uploads', { name });
    const answer = await fetch(`${url}/v1/uploads/${upload}`, { method: 'PUT', headers: { 'content-type': 'application/octet-stream' }, body: text });
    assert.ok(answer.ok, `${name} is answered ${answer.status}`);
    return upload;
  };
  const lines = (make) => payloads.map((text, n) => JSON.stringify(make(text, n))).join('\n') + '\n';
  const uploads = [
    await send('Patient.ndjson', lines((text, n) => ({ resourceType: 'Patient', id: `r${n}`, identifier: [{ system: 'http://ward.example/mrn', value: text }], name: [{ given: [text], family: text }], birthDate: '1960-05-01', telecom: [{ system: 'email', value: `r${n}@ward.example` }], address: [{ line: [text], city: text, state: text }] }))),
    await send('Condition.ndjson', lines((text, n) => ({ resourceType: 'Condition', id: `c${n}`, clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }] }, code: { coding: [{ system: 'http://snomed.info/sct', code: '44054006', display: text }], text }, subject: { reference: `Patient/r${n}` }, note: [{ text }] }))),
  ];
  assert.equal((await json('/v1/imports', { uploads, source: 'ward' })).status, 201, 'the import begins');
  const imported = [];
  for (const n of payloads.keys()) {
    for (let i = 0, found; !found && i < 100; i++) {
      if (i > 0) await sleep(100);
      found = (await json('/v1/people/search', { id: `ward:r${n}` })).body?.people?.[0]?.person;
      if (found) imported.push(found);
    }
  }
  pairs += imported.length * 8;
  // And what programs are called, in pages and in reports of jobs.
  const live = await fetch(`${url}/v1/releases/live/files`);
  const release = await live.json();
  const { programs } = release;
  assert.ok(programs?.length, `the programs are ${live.status} ${JSON.stringify(release).slice(0, 300)}`);
  for (const p of programs) p.files['program.yaml'] = p.files['program.yaml'].replace(/^name: .*$/m, `name: ${JSON.stringify(payloads[0])}`);
  const published = await json('/v1/releases', { programs }, { 'if-match': live.headers.get('etag') });
  const cell = (s) => `"${s.replaceAll('"', '""').replaceAll('\u0000', '')}"`;
  const log = ['case_id,activity,timestamp', ...payloads.flatMap((text, n) => [`${n},${cell(text)},2027-01-01T00:00:00Z`, `${n},${cell(payloads[(n + 1) % payloads.length])},2027-01-01T01:00:00Z`])].join('\n');
  const reports = [];
  for (const [kind, body] of [['mining', { log }], ['simulation', { people: 20, days: 10 }]]) {
    const begun = await json(`/v1/jobs/${kind}`, body);
    assert.equal(begun.status, 202, `${kind}: ${JSON.stringify(begun.body)}`);
    let job;
    for (let i = 0; i < 300 && job?.state !== 'done'; i++) {
      if (i > 0) await sleep(100);
      job = (await json(`/v1/jobs/${begun.body.id}`)).body;
    }
    assert.equal(job.state, 'done', `${kind}: ${job.error}`);
    reports.push(`/v1/jobs/${job.id}/report`);
  }
  tell(`${imported.length} were imported; a program of that name is answered ${published.status} ${published.body?.detail ?? ''}`);
  assert.equal(imported.length, payloads.length, 'everybody in the records is known');
  assert.ok(published.status < 300, JSON.stringify(published.body));
  tell(`${payloads.length} payloads, ${fields.size} fields of events, ${pairs} pairs; by the API ${JSON.stringify(taken)}, refused ${JSON.stringify(refused)}`);
  return { people: [...people, ...imported], pairs, taken, reports };
}

test('nothing that anybody said runs on any page', { timeout: 240_000 }, async (t) => {
  const attune = await demo(t);
  const { people, pairs, taken, reports } = await plant(attune, (s) => t.diagnostic(s));
  assert.ok(pairs >= 2000, `${pairs} pairs were planted`);
  assert.ok(Object.values(taken).every((n) => n >= payloads.length * 0.8), 'what staff write was taken');
  assert.equal(people.length, 2 * payloads.length, 'everybody who was told of is known');
  const { page, nothing, seen } = await watch(t, attune.url, { extraHTTPHeaders: { 'attune-purpose': 'treatment' } });
  const open = async (path) => {
    const answer = await page.goto(attune.url + path, { waitUntil: 'domcontentloaded' }).catch((err) => { if (!/ERR_ABORTED|Download/.test(err.message)) throw err; });
    await poke(page);
    return answer;
  };
  const found = await routes();
  assert.ok(found.length > 40, `${found.length} routes`);
  let opened = 0;
  for (const path of found) {
    if (path === '/v1/stream') continue; // it does not end
    const filled = path.replace('{$}', '').replace('{person}', people[0]).replace('{id}', people[0]).replace('{program}', 'diabetes').replace('{release}', 'live');
    await open(filled.replace(/\{[^}]*\}/g, 'x'));
    opened++;
    nothing(path);
  }
  for (const who of people) {
    await open(`/people/${who}`);
    opened++;
  }
  nothing('people');
  assert.ok((await page.content()).includes('__xss'), 'the payloads are shown');
  for (const path of reports) {
    const answer = await open(path);
    assert.equal(answer?.status(), 200, path);
    assert.match(answer.headers()['content-type'], /^text\/html/);
    opened++;
    assert.match(answer.headers()['content-security-policy'], /default-src 'none'; style-src 'unsafe-inline';.* sandbox$/, 'a report has styles of its own, and nothing else');
    nothing(path);
  }
  for (const text of payloads) { // in what is asked for, too
    const as = encodeURIComponent(text);
    for (const path of [`/people/${as}`, `/in/unsubscribe/${as}`, `/sign-in?token=${as}&problem=${as}`, `/v1/people/${as}`, `/v1/audit?what=${as}&actor=${as}`]) await open(path);
    opened += 5;
  }
  nothing('addresses');
  // The first page renews itself from what it asks again.
  await open('/');
  const text = await page.locator('#quarantine').textContent();
  await page.waitForTimeout(2500);
  await poke(page);
  nothing('/');
  assert.ok(text.length > 100 && seen.ran.length === 0);
  t.diagnostic(`${opened} pages were opened`);
});

test('nothing that a log or a program says runs in a report', { timeout: 120_000 }, async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'attune-hostile-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const cell = (s) => `"${s.replaceAll('"', '""').replaceAll('\u0000', '')}"`;
  const rows = ['case_id,activity,timestamp,resource'];
  for (const [n, text] of payloads.entries()) {
    for (const [i, what] of [text, payloads[(n + 1) % payloads.length]].entries()) rows.push([cell(text), cell(what), `2027-01-01T0${i}:00:00Z`, cell(text)].join(','));
  }
  await writeFile(join(home, 'log.csv'), `${rows.join('\n')}\n`);
  const report = join(home, 'mine.html');
  await run(await binary(), ['mine', join(home, 'log.csv'), '--top', '0', '--html', report]);
  const { page, nothing } = await watch(t, pathToFileURL(home).href);
  await page.goto(pathToFileURL(report).href);
  await poke(page);
  nothing('mine');
  assert.ok((await page.content()).includes('__xss'), 'the payloads are shown');
});

const PASSWORD = 'seven grey herons wade';

test('nothing that staff are called runs where they sign in and in their account', { timeout: 180_000 }, async (t) => {
  const attune = await Attune.create(t);
  await attune.start();
  const url = `http://localhost:${attune.port}`;
  const { page, nothing } = await watch(t, url);
  let named = 0;
  let link;
  for (const [n, text] of payloads.entries()) {
    if (n % 2 !== 0) continue; // each is a program of its own
    const invited = await attune.cli('staff', 'invite', '--email', `kim${n}@clinic.example`, `--name=${text}`, '--role', 'operator', '--url', url).catch(() => null);
    if (!invited) continue;
    named++;
    link = [invited.link, `kim${n}@clinic.example`];
    await page.goto(link[0]);
    await poke(page);
  }
  t.diagnostic(`${named} members of staff are called like that`);
  assert.ok(named >= 8);
  nothing('/join');
  await page.fill('#password', PASSWORD);
  await page.fill('#again', PASSWORD);
  await page.click('main button');
  const signIn = async () => {
    await page.goto(`${url}/sign-in`);
    await page.fill('#email', link[1]);
    await page.fill('#password', PASSWORD);
    await page.click('form[action="/sign-in"] button');
  };
  await signIn();
  const secret = (await page.content()).match(/[A-Z2-7]{4}(?: ?[A-Z2-7]{4}){6,}/)[0].replaceAll(' ', '');
  await page.fill('#code', authenticator(secret));
  await page.locator('form:has(#code) button').first().click();
  for (const path of await routes()) {
    if (path.includes('{') || path.startsWith('/v1/')) continue;
    await page.goto(url + path).catch((err) => { if (!/ERR_ABORTED|Download/.test(err.message)) throw err; });
    await poke(page);
    nothing(path);
  }
  await page.goto(`${url}/account`);
  assert.match(await page.locator('main').textContent(), /__xss|evil/, 'the account shows the name');
});
