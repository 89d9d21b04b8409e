// The browser of the tests: a real one, which by itself asks nobody.
import { chromium } from 'playwright-core';

/** Starts it, with more of its switches where a test needs them. It has a fresh user data folder of its own, which Playwright makes and removes. */
export const browse = (...more) => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...more],
});
