// A program that asks something of people as soon as it hears of a visit to the portal: a task, a referral, a questionnaire, and a call.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { the } from './console.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const journey = (id, name, step) => `journey: ${id}\nname: ${name}\nenter: {on: help.wanted}\nsteps:\n  - ${step}\n  - {id: late, exit: over}\n`;

/** Writes the diabetes program, which asks for more than usual. */
export async function workday() {
  const home = await mkdtemp(join(tmpdir(), 'attune-workday-'));
  const dir = join(home, 'diabetes');
  await cp(join(ROOT, 'programs', 'diabetes'), dir, { recursive: true });
  const policy = (await readFile(join(dir, 'policy.yaml'), 'utf8')).replace('[email]', '[email, call]').replace(/^zone: .*$/m, `zone: ${noon()}`).replace(/\n# What is best[\s\S]*$/, '\n');
  const files = {
    'policy.yaml': `${policy}channel_hours: {call: {from: "08:00", to: "20:00"}}\ncapacity: {call: {team: nurses, per_day: 50}}\n`,
    'engagements/nurse_call.yaml': 'engagement: nurse_call\npurpose: treatment_support\naudience: patient\nvalue: 9\nexpires: 3d\nwhen: {on: call.wanted}\nvariants: [{id: plain, call: nurse_call}]\n',
    'content/call/nurse_call.en.liquid': 'Ask {{ name | default: "the patient" }} how it goes.\n',
    'content/call/nurse_call.es.liquid': 'Pregunte a {{ name | default: "la paciente" }}.\n',
    'events.yaml': 'events:\n  help.wanted:\n    says: The person asked for help.\n  call.wanted:\n    says: The person asked to be called.\n',
    'journeys/a_task.yaml': journey('a_task', 'Help with refills', '{id: nurse, task: {for: nurse, do: Ask about the refills, priority: 7, within: 3d, else: late, outcomes: {moved_away: late}}}'),
    'journeys/a_referral.yaml': journey('a_referral', 'To a specialist', '{id: out, refer: {to: rheumatology, reason: Swollen joints, priority: urgent, within: 14d, else: late}}'),
    'journeys/a_question.yaml': journey('a_question', 'How ready', '{id: readiness, ask: {questionnaire: readiness, within: 7d, else: late}}'),
    'journeys/stuck.yaml': 'journey: stuck\nname: Before the appointment\nenter: {on: help.wanted}\nsteps:\n  - {id: until, wait: {date: \'last("appointment.booked.start")\', before: 2d}}\n  - {id: rest, wait: 1d}\n',
  };
  for (const [name, text] of Object.entries(files)) {
    const path = join(dir, ...name.split('/'));
    await cp(join(ROOT, 'LICENSE'), path, { force: true }); // makes the folder, too
    await writeFile(path, text);
  }
  return { dir, away: () => rm(home, { recursive: true, force: true }) };
}

/** A zone in which it is early afternoon now: calls have hours, those of who is called and of the team. */
export function noon(now = new Date()) {
  const hour = (zone) => Number(new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone: zone }).format(now));
  return ['America/New_York', 'America/Los_Angeles', 'Pacific/Honolulu', 'Australia/Sydney', 'Asia/Tokyo', 'Asia/Kolkata', 'Asia/Dubai', 'Europe/Berlin', 'Europe/London', 'America/Sao_Paulo'].find((z) => hour(z) >= 13 && hour(z) < 17);
}

let sent = 0;

/** Lets the server hear of somebody. */
export async function hear(userId, ...events) {
  for (const [type, body] of events) {
    const answer = await fetch(`${the.url}/v1/${type}`, { method: 'POST', headers: { Authorization: `Basic ${btoa(`${the.key}:`)}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ type, userId, messageId: `workday-${++sent}`, ...body }) });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  }
}

/** Somebody who needs something: wants is help, for a task, a referral and a questionnaire, or call, for a call. */
export const comes = (who, wants, traits = {}) => hear(who,
  ['identify', { traits: { first_name: who, last_name: 'Quispe', phone: '+12025550140', timezone: noon(), language: 'en', birth_date: '1980-05-05', ...traits } }],
  ['track', { event: 'clinical.condition_recorded', properties: { condition_id: `c-${who}`, codes: ['44054006'] } }],
  ['track', { event: `${wants}.wanted`, properties: {} }]);
