// Types into a notebook in a running JupyterLab with a real browser, asks for documentation and for completions, and reports what a
// person sees.
//
//   node assist.mjs CHROMIUM URL SCREENSHOT-FOLDER
//
// The last line of its output is a JSON object: tips (text typed → text of the tooltip) and menus (text typed → the entries).
// NODE_PATH must name the folder of playwright-core.
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.NODE_PATH, "assist.mjs"));
const { chromium } = require("playwright-core");
const [executablePath, url, folder] = process.argv.slice(2);
const patience = Number(process.env.JOULE_PATIENCE ?? 600) * 1000;
const report = { tips: {}, menus: {} };

const browser = await chromium.launch({ executablePath, headless: true, timeout: patience, args: ["--no-sandbox", "--disable-gpu", "--no-first-run"] });
const page = await browser.newPage({ viewport: { width: 1000, height: 800 }, deviceScaleFactor: 1 });
page.setDefaultTimeout(patience);
try {
  await page.goto(url, { waitUntil: "domcontentloaded", timeout: patience });
  await page.waitForSelector(".jp-Notebook .jp-CodeCell", { timeout: patience });
  await page.waitForFunction(() => {
    const context = window.jupyterapp?.shell?.currentWidget?.sessionContext;
    return Boolean(context?.isReady) && context.session?.kernel?.connectionStatus === "connected";
  }, null, { timeout: patience });
  await page.evaluate(async () => { await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.info; });
  await page.evaluate(() => window.jupyterapp.shell.collapseLeft());
  await page.evaluate(() => window.jupyterapp.commands.execute("notebook:run-all-cells"));
  await page.waitForFunction(() => {
    const cells = [...window.jupyterapp.shell.currentWidget.content.model.cells];
    return cells.every((c) => c.type !== "code" || c.executionCount > 0);
  }, null, { timeout: patience });
  for (const code of ["ring.Energy(", "strings.Split(", "viz.Landscape("]) report.tips[code] = await tip(code);
  for (const code of ["ring.", "x := Ring{", "ebm.Def"]) report.menus[code] = await menu(code);
} catch (e) {
  await page.screenshot({ path: path.join(folder, "failed.png") }).catch(() => {});
  console.log(String(e));
  process.exitCode = 1;
} finally {
  console.log(JSON.stringify(report));
  await browser.close();
}

// type puts code into a new cell, as a person does.
async function type(code) {
  await page.evaluate(() => window.jupyterapp.commands.execute("notebook:insert-cell-below"));
  await page.evaluate(() => window.jupyterapp.commands.execute("notebook:enter-edit-mode"));
  await page.locator(".jp-Cell.jp-mod-active .cm-content").focus();
  await page.keyboard.type(code);
}

async function tip(code) {
  await type(code);
  await page.keyboard.press("Shift+Tab");
  await page.waitForFunction(() => document.querySelector(".jp-Tooltip")?.innerText.trim(), null, { timeout: patience });
  const text = await page.locator(".jp-Tooltip").innerText();
  await page.screenshot({ path: path.join(folder, `tip-${Object.keys(report.tips).length + 1}.png`) });
  await page.keyboard.press("Escape");
  return text;
}

async function menu(code) {
  await type(code);
  await page.keyboard.press("Tab");
  await page.locator(".jp-Completer-item").first().waitFor({ state: "visible", timeout: patience });
  const entries = await page.locator(".jp-Completer-item").evaluateAll((items) => items.slice(0, 10).map((x) => x.innerText.split(/\s*\n\s*/)));
  await page.screenshot({ path: path.join(folder, `menu-${Object.keys(report.menus).length + 1}.png`) });
  await page.keyboard.press("Escape");
  return entries;
}
