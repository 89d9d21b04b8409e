import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { readTable, rows } from './csv.mjs';
import { dispenses, read, traits } from './records.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const SAMPLE = here('sample');
const now = new Date('2027-03-01T12:00:00Z'); // the sample's newest event is at 2022-01-01T00:00:00Z
const DAY = 24 * 60 * 60 * 1000;
const NEVER = Infinity;

async function all(rows) {
  const list = [];
  for await (const row of rows) list.push(row);
  return list;
}

test('a table is read as the columns say', async () => {
  const text = '\uFEFFa,b\r\n1,"x, ""y""\nz"\n,\n\n2,é';
  const want = [{ a: '1', b: 'x, "y"\nz' }, { a: '', b: '' }, { a: '2', b: 'é' }];
  const bytes = Buffer.from(text);
  for (const size of [1, 3, bytes.length]) {
    const chunks = [];
    for (let i = 0; i < bytes.length; i += size) chunks.push(bytes.subarray(i, i + size));
    assert.deepEqual(await all(rows(Readable.from(chunks), 'x.csv')), want, `in pieces of ${size}`);
  }
});

test('a table that cannot be read says where, and repeats nothing of it', async () => {
  const of = (text) => all(rows(Readable.from([Buffer.from(text)]), 'x.csv'));
  await assert.rejects(of('a,b\n1,2\nSECRET\n'), { message: 'x.csv, record 3: 1 fields where the header has 2' });
  await assert.rejects(of(''), /x.csv is empty/);
  await assert.rejects(of('a\n"SECRET'), { message: 'a quoted field is not closed at the end of the file' });
  await assert.rejects(all(readTable('no-such-folder', 'patients')), /neither patients.csv nor patients.csv.gz/);
});

test('a gzipped table reads as the plain one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'feed-'));
  after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'patients.csv.gz'), gzipSync(await readFile(join(SAMPLE, 'patients.csv'))));
  assert.deepEqual(await all(readTable(folder, 'patients')), await all(readTable(SAMPLE, 'patients')));
});

test('the numbers add up', async () => {
  const { calls, summary } = await read(SAMPLE, { now });
  assert.deepEqual(summary, {
    patients: 5, living: 4, deceased: 1,
    events: {
      'care.encounter_finished': 3, // e1 is older than a year
      'care.encounter_started': 2, // e4 began a quarter of an hour too early
      'clinical.condition_recorded': 4, // of any age, and two that are alike
      'medication.dispensed': 12, // 11 of ana's 24, and ben's one
      'medication.prescribed': 2,
      'medication.stopped': 2,
      'patient.deceased': 1, // long ago
      'traits.updated': 5,
    },
    from: '2026-03-01T12:00:00.000Z', to: '2027-03-01T12:00:00.000Z', shifted_days: 1886,
  });
  assert.equal(calls.length, 31);
});

test('people come first, then who has died, then what happened, in order, none of it in the future', async () => {
  const { calls } = await read(SAMPLE, { now });
  assert.ok(calls.slice(0, 5).every((c) => c.type === 'identify'));
  assert.equal(calls[5].event, 'patient.deceased');
  assert.ok(calls.slice(6).every((c) => c.type !== 'identify' && c.event !== 'patient.deceased'));
  for (let i = 7; i < calls.length; i++) assert.ok(calls[i - 1].timestamp <= calls[i].timestamp);
  assert.deepEqual(calls.at(-1).timestamp, now);
});

test('one span moves all times', async () => {
  const { calls } = await read(SAMPLE, { now });
  const shift = now - Date.parse('2022-01-01T00:00:00Z');
  const at = (event, userId) => calls.find((c) => c.event === event && c.userId === userId).timestamp - shift;
  assert.equal(at('patient.deceased', 'dao'), Date.parse('2019-03-02'));
  assert.equal(at('clinical.condition_recorded', 'ana'), Date.parse('2010-03-04'));
  assert.equal(at('medication.stopped', 'ben'), Date.parse('2021-03-11'));
});

test('fed again, each row has the same messageId, and no other row has it', async () => {
  const ids = ({ calls }) => calls.map((c) => c.messageId);
  const first = ids(await read(SAMPLE, { now }));
  assert.equal(new Set(first).size, first.length);
  assert.deepEqual(ids(await read(SAMPLE, { now: new Date(now.getTime() + DAY) })), first);
  const some = await read(SAMPLE, { now, limit: 2 });
  assert.equal(some.summary.patients, 2);
  assert.ok(ids(some).every((id) => first.includes(id)));
});

test('events carry what the catalogue declares', async () => {
  const { calls } = await read(SAMPLE, { now });
  const of = (event) => calls.find((c) => c.event === event).properties;
  assert.deepEqual(of('care.encounter_started'), { encounter: 'e2', class: 'ambulatory', type: '185347001', reason: '44054006' });
  assert.deepEqual(of('clinical.condition_recorded'), { codes: ['44054006'], display: 'Diabetes' });
  assert.deepEqual(of('medication.prescribed'), { code: '308182', display: 'Amoxicillin 250 MG', days_supply: 10, refills: 0 });
  assert.deepEqual(of('medication.dispensed'), { code: '860975', display: 'Metformin 500 MG', reason: '44054006', days_supply: 30 });
  assert.deepEqual(of('patient.deceased'), {});
});

test('traits are cleaned, and what is invented is plain to see', () => {
  const elif = { Id: 'elif', BIRTHDATE: '2001-01-15', FIRST: 'Elif8', LAST: 'Vega5', ETHNICITY: 'hispanic', GENDER: 'F' };
  const t = traits(elif);
  assert.deepEqual({ ...t, language: '' }, {
    first_name: 'Elif', last_name: 'Vega', birth_date: '2001-01-15', gender: 'female', language: '', timezone: 'America/New_York', email: 'elif@patients.example',
  });
  const languages = Array.from({ length: 200 }, (_, i) => traits({ ...elif, Id: `p${i}` }).language);
  const spanish = languages.filter((l) => l === 'es').length;
  assert.ok(spanish > 70 && spanish < 130, `${spanish} of 200 speak Spanish`);
  assert.equal(traits({ ...elif, Id: 'p1', ETHNICITY: 'nonhispanic' }).language, 'en');
});

test('dispenses are spread from start to stop', () => {
  const m = { START: '2021-01-01T00:00:00Z', STOP: '2021-01-31T00:00:00Z', DISPENSES: '3' };
  const { times, days } = dispenses(m, NEVER);
  assert.deepEqual(times.map((t) => new Date(t).toISOString().slice(0, 10)), ['2021-01-01', '2021-01-11', '2021-01-21']);
  assert.equal(days, 10);
  assert.equal(dispenses({ ...m, DISPENSES: '900' }, NEVER).days, 1, 'at least a day');
  assert.equal(dispenses({ ...m, STOP: '2022-01-01T00:00:00Z', DISPENSES: '1' }, NEVER).days, 90, 'at most ninety');
  assert.equal(dispenses({ ...m, STOP: '', DISPENSES: '2' }, Date.parse('2021-03-02')).days, 30, 'to the newest event while it is taken');
  assert.equal(dispenses(m, Date.parse('2021-01-10')).times.at(-1), Date.parse('2021-01-07'), 'not beyond a death');
  assert.deepEqual(dispenses({ ...m, DISPENSES: '0' }, NEVER).times, []);
});

const run = (args, env = {}) => promisify(execFile)(process.execPath, [here('feed.mjs'), ...args], { env: { PATH: process.env.PATH, ...env } });

test('the program explains itself', async () => {
  const { stdout } = await run(['--help']);
  for (const word of ['--host', 'ATTUNE_WRITE_KEY', '--limit', '--summary', 'patients.example']) assert.match(stdout, new RegExp(word));
  await assert.rejects(run([]), (err) => err.code === 2 && /give one FOLDER/.test(err.stderr));
  await assert.rejects(run([SAMPLE]), (err) => err.code === 2 && /ATTUNE_WRITE_KEY/.test(err.stderr));
  await assert.rejects(run(['--colour', SAMPLE]), (err) => err.code === 2 && /--help/.test(err.stderr));
  await assert.rejects(run(['--dry-run', here('.')]), (err) => err.code === 1 && /neither patients.csv/.test(err.stderr));
});

test('it sends everything through the SDK, and says so', async () => {
  const got = [];
  const keys = new Set();
  const server = createServer(async (req, res) => {
    const chunks = [];
    for await (const c of req) chunks.push(c);
    keys.add(Buffer.from(req.headers.authorization.slice(6), 'base64').toString());
    got.push(...JSON.parse(Buffer.concat(chunks)).batch);
    res.end('{"success":true}');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  after(() => server.close());
  const host = `http://127.0.0.1:${server.address().port}`;
  const { stdout } = await run(['--host', host, '--summary', '--now', now.toISOString(), SAMPLE], { ATTUNE_WRITE_KEY: 'k' });
  const summary = JSON.parse(stdout);
  const { calls } = await read(SAMPLE, { now });
  assert.equal(summary.sent, calls.length);
  assert.deepEqual([...keys], ['k:']);
  assert.deepEqual(got.map((e) => e.messageId), calls.map((c) => c.messageId));
  assert.deepEqual(got.map((e) => e.timestamp), calls.map((c) => c.timestamp.toISOString()));
});

test('it fails when its events are refused', async () => {
  const server = createServer((req, res) => { req.resume(); res.statusCode = 401; res.end('{}'); });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  after(() => server.close());
  const host = `http://127.0.0.1:${server.address().port}`;
  await assert.rejects(run(['--host', host, SAMPLE], { ATTUNE_WRITE_KEY: 'k' }), (err) => err.code === 1 && /0 of 31 events were acknowledged/.test(err.stderr));
});
