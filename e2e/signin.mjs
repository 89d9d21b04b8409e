// Signing in as a member of staff does who was asked in a moment ago: by the link, a password and an authenticator.
import { createHmac } from 'node:crypto';

const PASSWORD = 'seven grey herons wade';

/** What an authenticator shows for a key (RFC 6238). */
export function authenticator(key) {
  const bits = [...key].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const secret = Buffer.from(bits.match(/.{8}/g).map((b) => Number.parseInt(b, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', secret).update(step).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Asks somebody in and signs them in, in a browser's context of their own. */
export async function joins(context, attune, { email, name, roles, programs = [] }) {
  const each = (flag, all) => all.flatMap((x) => [flag, x]);
  const { link } = await attune.cli('staff', 'invite', '--email', email, '--name', name, ...each('--role', roles), ...each('--program', programs), '--url', attune.url);
  const page = await context.newPage();
  await page.goto(link);
  await page.fill('#password', PASSWORD);
  await page.fill('#again', PASSWORD);
  await page.click('main button');
  await page.goto(`${attune.url}/sign-in`);
  await page.fill('#email', email);
  await page.fill('#password', PASSWORD);
  await page.click('form[action="/sign-in"] button');
  const key = (await page.locator('code').first().textContent()).replaceAll(' ', '');
  await page.getByLabel('The six digits that it shows now').fill(authenticator(key));
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.locator('ul.codes code').first().waitFor();
  return page;
}
