// Looks at reports in a real browser and says what is wrong: node tests/browser/check.mjs TOOLS SAMPLES [PART OF A NAME]
//
// TOOLS has node_modules (see package.json), SAMPLES is what samples.sh wrote. Ends with "N passed, N failed". Every page:
//   no request but the page itself, no console message, no violation of its policy, no script runs (canary);
//   axe-core: no violation; html-validate: clean; nothing wider than the window at 390 px;
//   a usual report is smaller than 200 kB, and on paper nothing is wider than A4.
// The gallery also in Dutch, in the dark, by keyboard, and with the answer on the first screen.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { createRequire } from 'node:module';

const [tools, samples] = process.argv.slice(2, 4).map((path) => resolve(path));
const wanted = process.argv[4] ?? '';
const require = createRequire(join(tools, 'package.json'));
const { chromium } = require('playwright-core');
const { HtmlValidate } = require('html-validate');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
const USUAL_BYTES = 200_000;
const counts = { passed: 0, failed: 0 };
const largest = { bytes: 0, pages: 0 };

function check(file, what, faults) {
  counts[faults.length ? 'failed' : 'passed']++;
  for (const fault of faults.slice(0, 4)) console.log(`${basename(file)}: ${what}: ${fault}`);
}

const started = Date.now();
const progress = (text) => console.error(`${Math.round((Date.now() - started) / 1000)} s: ${text}`);

const pages = (folder) => readdirSync(join(samples, folder)).filter((name) => name.endsWith('.html') && name.includes(wanted)).sort()
  .map((name) => join(samples, folder, name));

// A page that is watched: whatever it asks for or complains about is a fault.
async function open(browser, file, viewport, colorScheme, work) {
  const context = await browser.newContext({ viewport, colorScheme });
  const page = await context.newPage();
  const faults = [];
  const url = 'file://' + file;
  page.on('request', (request) => { if (!request.url().startsWith('data:image/') && request.url() !== url) faults.push('asks for ' + request.url().slice(0, 80)); });
  page.on('console', (message) => faults.push('console: ' + message.text().slice(0, 160)));
  page.on('pageerror', (error) => faults.push('error: ' + String(error).slice(0, 160)));
  page.on('dialog', (dialog) => { faults.push('a dialog'); dialog.dismiss(); });
  await page.addInitScript(() => {
    globalThis.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => globalThis.violations.push(event.violatedDirective + ' ' + event.blockedURI));
  });
  await page.goto(url, { waitUntil: 'load' });
  if (await page.evaluate(() => document.canary !== undefined)) faults.push('a script of the message ran');
  faults.push(...await page.evaluate(() => globalThis.violations));
  check(file, 'watched', faults);
  await work(page);
  await context.close();
}

async function accessible(page, file, mode) {
  await page.evaluate(axe);
  // Thousands of like elements: what colour they have was looked at elsewhere.
  const rules = { 'color-contrast': { enabled: statSync(file).size < 4 * USUAL_BYTES } };
  const result = await page.evaluate((options) => axe.run(document, options), { resultTypes: ['violations'], rules });
  check(file, `axe (${mode})`, result.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes[0].html.slice(0, 120)} (${v.nodes.length})`));
}

// What sticks out of the page; a region that scrolls by itself may be wider inside.
const tooWide = () => {
  const width = document.documentElement.clientWidth;
  const scrolls = (element) => element && element !== document.body && (/auto|scroll/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
  const faults = [];
  if (document.documentElement.scrollWidth > width) faults.push(`page is ${document.documentElement.scrollWidth} px wide, window ${width}`);
  for (const element of document.body.querySelectorAll('*')) {
    const box = element.getBoundingClientRect();
    if (box.width > 0 && box.right > width + 1 && !scrolls(element.parentElement) && !element.closest('.skip, caption.quiet')) {
      faults.push(`<${element.localName} class="${element.getAttribute('class') ?? ''}"> ends at ${Math.round(box.right)} of ${width}: ${element.textContent.slice(0, 40)}`);
      break;
    }
  }
  return faults;
};

async function narrow(page, file) {
  await page.setViewportSize(NARROW);
  check(file, 'at 390 px', await page.evaluate(tooWide));
}

// A4 less the margins of the style sheet is 180 mm, 680 px; what is folded away on screen is printed.
async function paper(page, file) {
  await page.setViewportSize({ width: 680, height: 960 });
  await page.emulateMedia({ media: 'print' });
  const faults = await page.evaluate(tooWide);
  faults.push(...await page.evaluate(() => [...document.querySelectorAll('details > :not(summary)')]
    .filter((element) => element.textContent.trim() && element.getBoundingClientRect().height === 0).map(() => 'folded text is not printed')));
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  const sheets = (pdf.match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length;
  const sizes = new Set([...pdf.matchAll(/\/MediaBox\s*\[([^\]]*)\]/g)].map((m) => m[1].trim().split(/\s+/).map((n) => Math.round(Number(n))).join(' ')));
  if (sizes.size !== 1 || !/^0 0 59[4-6] 84[1-3]$/.test([...sizes][0])) faults.push('not A4: ' + [...sizes].join(', '));
  if (sheets < 1 || sheets > 16) faults.push(`${sheets} sheets`);
  largest.pages = Math.max(largest.pages, sheets);
  check(file, 'on paper', faults);
  await page.emulateMedia({ media: null });
}

// Verdict, score with its arithmetic, blockers, the first thing to do and who: without scrolling.
async function firstScreen(page, file, viewport) {
  await page.setViewportSize(viewport);
  check(file, `first screen ${viewport.width}x${viewport.height}`, await page.evaluate((height) => {
    const parts = ['h1', '.ring', '.equation', '.because h2', '.because li .status, .because p.status', '.todo h2'];
    if (document.querySelector('.todo .who')) parts.push('.todo .who');
    return parts.filter((selector) => {
      const box = document.querySelector(selector)?.getBoundingClientRect();
      return !box || box.height === 0 || box.bottom > height || box.top < 0;
    }).map((selector) => selector + ' is not there');
  }, viewport.height));
}

// By Tab alone: the way past the navigation comes first, what has the focus is seen, folded parts open.
async function keyboard(page, file) {
  await page.setViewportSize(WIDE);
  const faults = [];
  const state = () => page.evaluate(() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    return { name: element.localName, href: element.getAttribute('href'), seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 && element.getBoundingClientRect().left >= 0 };
  });
  const total = await page.evaluate(() => document.querySelectorAll('a[href], summary, [tabindex="0"]').length);
  const reached = [];
  for (let i = 0; i < total; i++) {
    await page.keyboard.press('Tab');
    const now = await state();
    reached.push(now.name);
    if (i === 0 && now.href !== '#report') faults.push('the first Tab does not lead to the skip link');
    if (now.name === 'body') { faults.push(`Tab ends after ${i} of ${total}`); break; }
    if (!now.seen) faults.push(`focus is not seen on <${now.name}>`);
    if (now.name === 'summary') {
      await page.keyboard.press('Enter');
      if (!await page.evaluate(() => document.activeElement.parentElement.open)) faults.push('<details> does not open');
    }
  }
  if (!reached.includes('summary')) faults.push('no <details> was reached');
  check(file, 'keyboard', faults);
}

function size(file) {
  const bytes = statSync(file).size;
  largest.bytes = Math.max(largest.bytes, bytes);
  check(file, 'size', bytes < USUAL_BYTES ? [] : [`${bytes} octets`]);
}

const validator = new HtmlValidate({ extends: ['html-validate:recommended'] });
async function valid(file) {
  const report = await validator.validateFile(file);
  check(file, 'html-validate', report.results.flatMap((result) => result.messages.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`)));
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--no-first-run', '--disable-sync'],
});
try {
  for (const file of pages('gallery')) {
    await valid(file);
    size(file);
    await open(browser, file, WIDE, 'light', async (page) => {
      await accessible(page, file, 'light');
      if (!file.endsWith('index.html')) {
        await firstScreen(page, file, WIDE);
        await firstScreen(page, file, NARROW);
        if (file.endsWith('.en.html')) await keyboard(page, file);
        await paper(page, file);
      }
      await narrow(page, file);
    });
    await open(browser, file, NARROW, 'dark', (page) => accessible(page, file, 'dark, narrow'));
  }
  progress('gallery done');
  for (const file of pages('hostile')) {
    await valid(file);
    await open(browser, file, WIDE, 'light', async (page) => {
      await accessible(page, file, 'light');
      await narrow(page, file);
    });
  }
  progress('hostile done');
  for (const file of pages('fixtures')) {
    await valid(file);
    if (!basename(file).includes('fifty-one')) size(file);
    await open(browser, file, NARROW, 'light', async (page) => {
      await accessible(page, file, 'narrow');
      await narrow(page, file);
    });
  }
} finally {
  await browser.close();
}
console.log(`largest usual report ${largest.bytes} octets, longest print ${largest.pages} sheets`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed ? 1 : 0;
