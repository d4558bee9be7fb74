// A real Chromium walks through a login: the consent page, a click, the page of the receiver. Pictures go to build-test/screens.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import {
  CLIENT_ID, SCOPE, addApp, withCases, emulator, hubauth, is, login, newVault, ok, screens, temporary,
} from './support.mjs';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--no-proxy-server',
];

// Pictures of a page: light, dark and as narrow as a telephone; none may be wider than its window.
async function pictures(page, name) {
  const views = [
    ['light', 'light', 1000],
    ['dark', 'dark', 1000],
    ['narrow', 'light', 375],
    ['narrow-dark', 'dark', 375],
  ];
  for (const [view, colorScheme, width] of views) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 760 });
    await page.screenshot({ path: join(screens, `${name}-${view}.png`), fullPage: true });
    const wide = await page.evaluate('document.documentElement.scrollWidth');
    ok(wide <= width, `${name}, ${view}: fits into ${width} pixels`, `it is ${wide} wide`);
  }
}

await withCases(async () => {
  const hubspot = await emulator([]);
  await newVault();
  await addApp('test', [
    '--client-id', CLIENT_ID, '--redirect-url', hubspot.redirect, '--scope', SCOPE,
    '--api-url', hubspot.url, '--app-url', hubspot.url,
  ]);

  const browser = await chromium.launchPersistentContext(mkdtempSync(join(temporary, 'chromium.')), {
    executablePath: '/usr/bin/chromium', headless: true, args: FLAGS,
  });
  try {
    const mine = new Set([new URL(hubspot.url).origin, new URL(hubspot.redirect).origin]);
    const strangers = [];
    const complaints = [];
    browser.on('request', (request) => {
      if (!mine.has(new URL(request.url()).origin)) strangers.push(request.url());
    });
    const open = async (url) => {
      const page = await browser.newPage();
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        // A page that is an error by its status is one on purpose, and nobody has an icon.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
          complaints.push(message.text());
        }
      });
      await page.goto(url);
      return page;
    };

    const approved = await login();
    let page = await open(approved.url);
    const consent = await page.innerText('body');
    for (const scope of SCOPE.split(' ')) ok(consent.includes(scope), `the consent page names the scope ${scope}`, consent);
    await pictures(page, 'consent');
    await page.click('#approve');
    await page.waitForURL((url) => url.origin === new URL(hubspot.redirect).origin);
    await page.waitForLoadState();
    const end = await approved.ended;
    ok(end.status === 0, 'after a click on "approve" login succeeds', end.stderr);
    const success = await page.innerText('body');
    ok(/connected/i.test(success), 'and the browser says so', success);
    ok(!/code=|state=/.test(page.url()), 'the code is gone from the address bar (B11)', page.url());
    await pictures(page, 'success');
    const token = await hubauth(['token']);
    ok(token.status === 0 && token.stdout.trim().length > 20, 'a token is there', token.stderr);
    await page.close();

    const denied = await login();
    page = await open(denied.url);
    await page.click('#deny');
    await page.waitForURL((url) => url.origin === new URL(hubspot.redirect).origin);
    await page.waitForLoadState();
    const refusal = await denied.ended;
    is(refusal.status, 4, 'after a click on "deny" login ends with "forbidden"');
    ok(/denied|refused|not granted/i.test(refusal.stderr), 'and says why', refusal.stderr);
    const explanation = await page.innerText('body');
    ok(/denied|refused|not granted/i.test(explanation), 'the browser explains it', explanation);
    await pictures(page, 'denied');
    const kept = await hubauth(['token']);
    is(kept.stdout, token.stdout, 'the account that was there still is');

    ok(strangers.length === 0, 'no page asked another host for anything', strangers);
    ok(complaints.length === 0, 'the browser found nothing wrong', complaints);
  } finally {
    await browser.close();
  }
});
