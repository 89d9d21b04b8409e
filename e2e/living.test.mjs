// The diabetes program lives on an imported population: whom it engages, whom not and why, worked out from
// the records by itself and held against what Attune counts. The records are not part of the project; where
// they are not beside it, the tests are skipped.
import assert from 'node:assert/strict';
import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { Attune, eventually, quick } from './attune.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUNDLES = process.env.ATTUNE_BUNDLES ?? join(ROOT, '..', 'shared', 'data', 'interop', 'fhir', 'synthea-2019-transaction-bundles.ndjson.gz');
const CODES = ['44054006', '15777000'];
const WRITTEN = ['en', 'es'];
const [DAY, HOUR] = [86_400_000, 3_600_000];

test('the program lives on imported records: who is engaged, who is refused and why, and the numbers add up', {
  skip: existsSync(BUNDLES) ? false : `no records in ${BUNDLES}`,
}, async (t) => {
  const people = await patients();
  const folder = await mkdtemp(join(tmpdir(), 'attune-living-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const program = await quick(join(folder, 'program'));
  const attune = await Attune.create(t, { sources: ['app'], program });
  attune.keys.practice = (await attune.cli('keys', 'add', 'practice', '--system', 'ehr')).write_key;
  await attune.start();

  // The records as they are: nothing is said to anybody, and who was not seen for 400 days has left.
  const report = await attune.cli('import', BUNDLES, '--source', 'ehr');
  assert.equal(report.wrong ?? 0, 0);
  await settled(attune, people.length);
  const ill = people.filter((p) => p.diabetes);
  const rows = {
    'left by the exit left': ill.filter((p) => !p.died),
    died: ill.filter((p) => p.died),
    'died, never in it': people.filter((p) => p.died && !p.diabetes),
    'never in it': people.filter((p) => !p.died && !p.diabetes),
  };
  assert.equal(sum(Object.values(rows).map((r) => r.length)), people.length);
  const imported = await attune.cli('reach', 'diabetes');
  for (const [name, of] of Object.entries(rows)) {
    assert.deepEqual(row(imported, name), { place: name, people: of.length, engaged: 0, waiting: 0, refused: 0, nothing: of.length });
  }
  t.diagnostic(`imported: ${JSON.stringify(imported.rows)}`);

  // The practice's forms: what people answered when they were asked whether texts may come.
  await attune.cli('import', await forms(folder, people), '--source', 'ehr', '--map', join(folder, 'forms.yaml'));

  // A day on which things are told of all 265, whoever they are: each was prescribed a medicine, and of three in a
  // row that is today's news, one missed a visit an hour ago, and one should have fetched a supply three days ago.
  const since = new Date(Date.now() - 1000).toISOString();
  const day = join(folder, 'day.ndjson');
  await writeFile(day, `${people.flatMap(today).map((r) => JSON.stringify(r)).join('\n')}\n`);
  await attune.cli('import', day, '--source', 'ehr', '--live');

  // Who had left is in it again, and is engaged where a word of theirs allows texts. The dead are not, and neither
  // are those who are not in the program.
  const back = rows['left by the exit left'];
  const yes = back.filter((p) => p.answer === 'yes');
  const after = await eventually(() => attune.cli('reach', 'diabetes', '--since', since), (r) => row(r, 'in it')?.engaged >= yes.length && waits(r) === 0 && row(r, 'in it').nothing === 0, 60_000);
  t.diagnostic(`after a day: ${JSON.stringify(after)}`);
  assert.deepEqual(row(after, 'in it'), { place: 'in it', people: back.length, engaged: yes.length, waiting: 0, refused: back.length - yes.length, nothing: 0 });
  for (const name of ['died', 'died, never in it', 'never in it']) {
    assert.deepEqual(row(after, name), { place: name, people: rows[name].length, engaged: 0, waiting: 0, refused: 0, nothing: rows[name].length });
  }
  const patientsIn = sum(after.rows.filter((r) => !/clinician|^all$/.test(r.place)).map((r) => r.people));
  assert.equal(patientsIn, people.length);
  const why = Object.fromEntries(after.refused.map((r) => [r.reason, r.people]));
  assert.deepEqual(why, count(back.filter((p) => p.answer !== 'yes').map((p) => (p.answer === 'no' ? 'consent_denied' : 'no_consent'))));

  // What each was told, by text and in their language or the program's first, one by one.
  for (const p of ill) {
    const is = await attune.cli('person', `ehr:${p.id}`);
    const told = is.touches.filter((x) => x.state === 'handed over').map((x) => [x.engagement, x.channel, x.language]);
    if (!yes.includes(p)) {
      assert.deepEqual(is.touches, [], `${p.id} was to be left alone`);
      continue;
    }
    assert.deepEqual(told, [[expected(p), 'sms', WRITTEN.includes(p.language) ? p.language : 'en']], p.id);
  }
  const foreign = yes.filter((p) => !WRITTEN.includes(p.language)).length;
  assert.equal(sum(after.said.map((s) => s.in_another_language)), foreign);
  assert.equal(sum(after.said.map((s) => s.people)), yes.length);
  assert.equal((await attune.doctor()).captured, yes.length);

  await diagnosedToday(attune, folder, rows['never in it'], rows['died, never in it'][0]);
  await toldByTheApp(attune, rows['never in it']);
});

// A diagnosis brings people in, and they are welcomed: also where it is old and only told now, since the journey says
// so (max_age). One that was entered in error does nothing, and neither does one of somebody who died.
async function diagnosedToday(attune, folder, others, dead) {
  const [one, two, old, wrong] = others.filter((p) => p.answer === 'yes');
  const confirmed = { clinicalStatus: coding('condition-clinical', 'active'), verificationStatus: coding('condition-ver-status', 'confirmed') };
  const error = { verificationStatus: coding('condition-ver-status', 'entered-in-error') };
  const condition = (p, since, more) => ({
    resourceType: 'Condition', id: `new-${p.id}`, subject: { reference: `Patient/${p.id}` }, onsetDateTime: since, ...more,
    code: { coding: [{ system: 'http://snomed.info/sct', code: CODES[0] }] },
  });
  const now = new Date().toISOString();
  const told = [condition(one, now, confirmed), condition(two, now, confirmed), condition(old, '2010-01-01', confirmed), condition(wrong, now, error), condition(dead, now, confirmed)];
  const file = join(folder, 'diagnoses.ndjson');
  await writeFile(file, told.map((r) => JSON.stringify(r)).join('\n'));
  await attune.cli('import', file, '--source', 'ehr', '--live');
  for (const p of [one, two, old]) await welcomed(attune, p);
  await settled(attune, 0);
  for (const p of [wrong, dead]) {
    const is = await attune.cli('person', `ehr:${p.id}`);
    assert.deepEqual([is.touches, is.programs.filter((x) => x.active)], [[], []], p.id);
  }
}

// The practice's app tells of a diagnosis over the Segment protocol, of a person whom the records name.
async function toldByTheApp(attune, others) {
  const p = others.filter((x) => x.answer === 'yes')[4];
  const { status } = await fetch(`${attune.url}/v1/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`${attune.keys.practice}:`).toString('base64')}` },
    body: JSON.stringify({ type: 'track', userId: p.id, event: 'clinical.condition_recorded', properties: { codes: [CODES[1]] }, messageId: `app-${p.id}` }),
  });
  assert.equal(status, 200);
  await welcomed(attune, p);
}

async function welcomed(attune, p) {
  const is = await eventually(() => attune.cli('person', `ehr:${p.id}`), (is) => is.touches.some((x) => x.state === 'handed over'));
  const language = WRITTEN.includes(p.language) ? p.language : 'en';
  assert.deepEqual(is.touches.map((x) => [x.engagement, x.channel, x.language, x.state]), [['welcome', 'sms', language, 'handed over']], p.id);
}

/**
 * What happened to somebody, as resources of the record. A prescription of ten days ago brings back who had left, and
 * is too old to start anything.
 */
function today(p) {
  const at = (ago) => new Date(Date.now() - ago).toISOString();
  const medicine = { coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '860975', display: 'Metformin 500 mg' }] };
  const subject = { reference: `Patient/${p.id}` };
  const all = [{ resourceType: 'MedicationRequest', id: `rx-${p.id}`, status: 'active', intent: 'order', subject, authoredOn: at(p.event === 'medicine' ? 0 : 10 * DAY), medicationCodeableConcept: medicine }];
  if (p.event === 'missed') all.push({ resourceType: 'Appointment', id: `visit-${p.id}`, status: 'noshow', start: at(HOUR), end: at(0), participant: [{ actor: subject, status: 'accepted' }] });
  if (p.event === 'late') all.push({ resourceType: 'MedicationDispense', id: `supply-${p.id}`, status: 'completed', subject, whenHandedOver: at(38 * DAY), daysSupply: { value: 30 }, medicationCodeableConcept: medicine });
  return all;
}

/** What it is answered with. Of those to whom nothing else happened, the new medicine is asked after. */
function expected(p) { return p.event === 'late' ? 'refill_reminder' : 'check_in'; }

/** Writes what people answered on the practice's form, as a table, with the map that says what it is. */
async function forms(folder, people) {
  await writeFile(join(folder, 'forms.yaml'), `map: forms
tables:
  - file: forms.csv
    rows:
${['yes', 'no'].map((answer) => `      - event: consent.${answer === 'yes' ? 'granted' : 'denied'}
        only: [{column: Texts, is: "${answer}"}]
        person: Patient
        at: {column: Signed}
        fields:
          purpose: {text: treatment_support}
${answer === 'yes' ? '          channel: {text: sms}\n' : ''}          jurisdiction: {text: US}
          via: {text: paper form}
          version: {text: "2019-01"}
          text: {text: "The practice may text me about my care, by a machine."}
`).join('')}`);
  const rows = people.filter((p) => p.answer !== 'not asked').map((p) => `${p.id},${p.answer},2021-04-01`);
  await writeFile(join(folder, 'forms.csv'), `Patient,Texts,Signed\n${rows.join('\n')}\n`);
  return join(folder, 'forms.csv');
}

/** Everybody in the bundles, with what decides about them, read without anything of Attune's. */
async function patients() {
  const out = [];
  for await (const line of createInterface({ input: createReadStream(BUNDLES).pipe(createGunzip()) })) {
    if (!line) continue;
    const all = JSON.parse(line).entry.map((e) => e.resource);
    const is = all.find((r) => r.resourceType === 'Patient');
    const spoken = is.communication?.[0]?.language?.coding?.[0]?.code ?? '';
    const diagnoses = all.filter((r) => r.resourceType === 'Condition').flatMap((r) => r.code.coding.map((c) => c.code));
    const n = out.length;
    out.push({
      id: is.id, died: Boolean(is.deceasedDateTime ?? is.deceasedBoolean), language: spoken.split('-')[0], diabetes: diagnoses.some((c) => CODES.includes(c)),
      // The records have no consent. Of ten in a row one said no on a form, and one was never asked.
      answer: { 3: 'no', 7: 'not asked' }[n % 10] ?? 'yes',
      event: ['medicine', 'missed', 'late'][n % 3],
    });
    assert.ok(is.telecom?.some((x) => x.system === 'phone') && !is.telecom.some((x) => x.system === 'email'), 'the records have telephones and no e-mail addresses');
  }
  return out;
}

/** Waits until all that was taken in is lived through. */
function settled(attune, people) {
  return eventually(() => attune.doctor(), (d) => d.people >= people && d.state.log === d.log.last, 120_000);
}

const coding = (system, code) => ({ coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }] });
const row = (reach, place) => reach.rows.find((r) => r.place === place);
const waits = (reach) => sum(reach.rows.map((r) => r.waiting));
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const count = (words) => words.reduce((n, w) => ({ ...n, [w]: (n[w] ?? 0) + 1 }), {});
