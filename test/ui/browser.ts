import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';

const root = join(__dirname, '../..');
/** Of the tests alone; nothing is left in the system's temporary folder. */
const home = process.env['KALPA_HOME'] ?? join(root, '.kalpa-test');

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser with one page, 1,400 px wide. */
export interface Browser {
  page: Page;
  /** Does what the test does; when it fails, the error says where a picture of the page is. */
  pictured(work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Starts a browser that reaches `origin` only: the UI also asks a news feed on the Internet, which a test must not. */
export async function openBrowser(origin: string): Promise<Browser> {
  const folder = join(home, 'browser');
  const throwAway = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  throwAway(); // of a run that was killed
  mkdirSync(folder, { recursive: true });
  try {
    const context = await launch(folder);
    context.setDefaultTimeout(15_000);
    await context.route(
      (url) => url.origin !== origin,
      async (route) => await route.abort(),
    );
    const page = context.pages()[0] ?? (await context.newPage());
    return {
      page,
      pictured: async (work) => {
        try {
          await work();
        } catch (error) {
          throw new Error(`${String(error)}\n${await pictureOf(page)}`, { cause: error });
        }
      },
      close: async () => {
        await context.close();
        throwAway();
      },
    };
  } catch (error) {
    throwAway();
    throw error;
  }
}

async function launch(folder: string): Promise<BrowserContext> {
  const executablePath = process.env['KALPA_CHROMIUM'] ?? unpackChromium(folder);
  return await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath,
    args: FLAGS,
    env: { ...process.env, TMPDIR: folder, FONTCONFIG_FILE: fontsFile(folder) },
    viewport: { width: 1400, height: 900 },
    timezoneId: 'UTC',
    locale: 'en-US',
  });
}

/** In a process of its own: the package is an ES module, which jest can't require, and it unpacks into TMPDIR. */
function unpackChromium(folder: string): string {
  const program = "import c from '@sparticuz/chromium'; process.stdout.write(await c.executablePath())";
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: root,
    env: { ...process.env, TMPDIR: folder },
    encoding: 'utf8',
  });
}

/**
 * The machine's fonts and those that came with Chromium: without any, a page stays empty and nothing is ever visible.
 */
function fontsFile(folder: string): string {
  const file = join(folder, 'fonts.conf');
  writeFileSync(
    file,
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${join(folder, 'fonts')}</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`,
  );
  return file;
}

async function pictureOf(page: Page): Promise<string> {
  const path = join(home, 'ui-failure.png');
  try {
    await page.screenshot({ path, fullPage: true });
    return `The page ${page.url()} then looked as in ${path}`;
  } catch (error) {
    return `No picture could be taken of ${page.url()}: ${String(error)}`;
  }
}
