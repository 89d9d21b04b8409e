// From rows of a Synthea CSV export to calls of the Segment SDK. Nothing here knows the time or the
// network: the same folder and the same `now` give the same calls.
import { createHash } from 'node:crypto';
import { readTable } from './csv.mjs';

const DAY = 24 * 60 * 60 * 1000;

/** What is said of everybody, since the export does not say it. */
export const INVENTED = [
  'email is <id>@patients.example, a domain that nobody can own',
  'timezone is America/New_York for all',
  'language is "es" for about half of those whose ethnicity is hispanic (by a hash of their id), else "en"',
];

/**
 * Reads the folder and returns everything to send, in the order to send it.
 *
 * All times are moved by one span, so that the newest event of the data happens at `now`. Of the
 * events those of the last year are sent, and besides them every older condition and death, at
 * their true (moved) times: they say who somebody is. Birth dates stay as they are.
 *
 * @param {string} folder
 * @param {{now: Date, limit?: number}} options limit takes the first people of the file only
 */
export async function read(folder, { now, limit = Infinity }) {
  const people = new Map();
  for await (const row of readTable(folder, 'patients')) {
    if (people.size < limit) people.set(row.Id, row);
  }
  const tables = {};
  let newest = -Infinity;
  const seen = (...times) => {
    for (const t of times) if (t && time(t) > newest) newest = time(t);
  };
  for (const name of ['encounters', 'conditions', 'medications']) {
    tables[name] = [];
    for await (const row of readTable(folder, name)) {
      // The newest event is that of all people, so that a part of them lives in the same days.
      if (name === 'encounters') seen(row.START, row.STOP);
      else seen(row.START);
      if (people.has(row.PATIENT)) tables[name].push(row);
    }
  }
  if (newest === -Infinity) throw new Error(`${folder} has no encounter, condition or medication`);

  const shift = now.getTime() - newest;
  const from = newest - 365 * DAY;
  const calls = [];
  /** Adds one event of the time `at` (of the data), unless it is before the last year or not yet. */
  const add = (at, { type = 'track', event, userId, parts, properties, traits, always = false }) => {
    if (at > newest || (at < from && !always)) return;
    const call = { type, userId, timestamp: new Date(at + shift), messageId: messageId(type === 'identify' ? 'identify' : event, ...parts) };
    if (type === 'identify') call.traits = traits;
    else Object.assign(call, { event, properties: without(properties) });
    calls.push(call);
  };

  let deceased = 0;
  for (const p of people.values()) {
    const id = p.Id;
    add(from, { type: 'identify', userId: id, parts: [id], traits: traits(p) });
    if (p.DEATHDATE) {
      deceased++;
      add(time(p.DEATHDATE), { event: 'patient.deceased', userId: id, parts: [id], properties: {}, always: true });
    }
  }
  for (const e of tables.encounters) {
    const properties = { encounter: e.Id, class: e.ENCOUNTERCLASS, type: e.CODE, reason: e.REASONCODE };
    add(time(e.START), { event: 'care.encounter_started', userId: e.PATIENT, parts: [e.Id], properties });
    if (e.STOP) add(time(e.STOP), { event: 'care.encounter_finished', userId: e.PATIENT, parts: [e.Id], properties });
  }
  const count = counter();
  for (const c of tables.conditions) {
    const row = [c.PATIENT, c.ENCOUNTER, c.CODE, c.START];
    add(time(c.START), {
      event: 'clinical.condition_recorded', userId: c.PATIENT, parts: [...row, count(row)],
      properties: { codes: [c.CODE], display: c.DESCRIPTION }, always: true,
    });
  }
  for (const m of tables.medications) {
    const row = [m.PATIENT, m.ENCOUNTER, m.CODE, m.START];
    const same = count(row);
    const died = people.get(m.PATIENT).DEATHDATE;
    const { times, days } = dispenses(m, died ? Math.min(newest, time(died)) : newest);
    const medicine = { code: m.CODE, display: m.DESCRIPTION, reason: m.REASONCODE };
    add(time(m.START), {
      event: 'medication.prescribed', userId: m.PATIENT, parts: [...row, same],
      properties: { ...medicine, days_supply: days, refills: Math.max(times.length - 1, 0) },
    });
    times.forEach((at, i) => add(at, {
      event: 'medication.dispensed', userId: m.PATIENT, parts: [...row, same, i], properties: { ...medicine, days_supply: days },
    }));
    if (m.STOP) add(time(m.STOP), { event: 'medication.stopped', userId: m.PATIENT, parts: [...row, same], properties: medicine });
  }

  // Who somebody is comes first, and whether they live: nobody may be written to because the news of
  // their death stands further down. Then what happened, as it happened.
  const rank = (call) => (call.type === 'identify' ? 0 : call.event === 'patient.deceased' ? 1 : 2);
  calls.sort((a, b) => rank(a) - rank(b) || a.timestamp - b.timestamp || (a.messageId < b.messageId ? -1 : 1));
  return {
    calls,
    summary: {
      patients: people.size, living: people.size - deceased, deceased,
      events: tally(calls), from: new Date(from + shift).toISOString(), to: now.toISOString(), shifted_days: Math.round(shift / DAY),
    },
  };
}

/** Traits, from columns of the export and from INVENTED. */
export function traits(p) {
  return without({
    first_name: p.FIRST.replace(/\d+/g, ''), // Synthea marks its names with numbers
    last_name: p.LAST.replace(/\d+/g, ''),
    birth_date: p.BIRTHDATE,
    gender: { M: 'male', F: 'female' }[p.GENDER] ?? 'unknown',
    language: p.ETHNICITY === 'hispanic' && hash(p.Id)[0] % 2 === 0 ? 'es' : 'en',
    timezone: 'America/New_York',
    email: `${p.Id}@patients.example`,
  });
}

/**
 * A medication says how often it was dispensed, not when: the times are spread evenly from its start
 * to its stop, but not beyond `until`: the newest event of the data, or the person's death.
 */
export function dispenses(m, until) {
  const start = time(m.START);
  const n = Math.max(Number.parseInt(m.DISPENSES, 10) || 0, 0);
  const span = Math.max(Math.min(m.STOP ? time(m.STOP) : until, until) - start, 0);
  const times = Array.from({ length: n }, (_, i) => start + Math.floor((i * span) / n));
  return { times, days: Math.min(Math.max(Math.round(span / Math.max(n, 1) / DAY), 1), 90) };
}

function time(s) {
  const t = Date.parse(s);
  if (Number.isNaN(t)) throw new Error('the export has a date that is none: dates are written as 2020-04-05 or 2020-04-05T07:26:16Z');
  return t;
}

/** The same row has the same id, whenever it is sent; equal rows are told apart by their number. */
function messageId(...parts) {
  return `feed-${hash(JSON.stringify(parts)).toString('hex').slice(0, 32)}`;
}

function hash(s) {
  return createHash('sha256').update(s).digest();
}

function counter() {
  const counts = new Map();
  return (row) => {
    const key = row.join('|');
    counts.set(key, (counts.get(key) ?? -1) + 1);
    return counts.get(key);
  };
}

function without(o) {
  return Object.fromEntries(Object.entries(o).filter(([, v]) => v !== '' && v !== undefined));
}

function tally(calls) {
  const events = {};
  for (const c of calls) {
    const name = c.type === 'identify' ? 'traits.updated' : c.event;
    events[name] = (events[name] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(events).sort());
}
