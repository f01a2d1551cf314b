// Opens a notebook in a running JupyterLab with a real browser, runs all of its cells, and reports what they show.
//
//   node lab.mjs CHROMIUM URL SCREENSHOT-FOLDER
//
// The last line of its output is a JSON object: cells (code cells), ran (those with a number), errors (the text of error outputs),
// pictures (images of a size that can be seen), kernel (the name shown). NODE_PATH must name the folder of playwright-core.
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.NODE_PATH, "lab.mjs"));
const { chromium } = require("playwright-core");
const [executablePath, url, folder] = process.argv.slice(2);
const patience = Number(process.env.JOULE_PATIENCE ?? 600) * 1000;

const browser = await chromium.launch({
  executablePath,
  headless: true,
  timeout: patience,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 1000, height: 960 }, deviceScaleFactor: 1 });
page.setDefaultTimeout(patience);
page.on("pageerror", (e) => console.log("page error:", e.message));
try {
  await page.goto(url, { waitUntil: "domcontentloaded", timeout: patience });
  await page.waitForSelector(".jp-Notebook .jp-CodeCell", { timeout: patience });
  await page.waitForFunction(connected, null, { timeout: patience });
  await page.evaluate(async () => { await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.info; });
  await page.waitForFunction(idle, null, { timeout: patience });
  await page.evaluate(() => window.jupyterapp.shell.collapseLeft());
  await menu("Run", "Run All Cells");
  await page.waitForFunction(allRan, null, { timeout: patience, polling: 250 });
  const report = await page.evaluate(look);
  await shoot();
  console.log(JSON.stringify(report));
} catch (e) {
  await page.screenshot({ path: path.join(folder, "failed.png") }).catch(() => {});
  console.log(String(e));
  console.log(JSON.stringify(await page.evaluate(look).catch(() => ({ errors: ["the page cannot be read"] }))));
  process.exitCode = 1;
} finally {
  await browser.close();
}

// menu clicks an entry of the menu bar as a person would.
async function menu(name, entry) {
  await page.locator(".lm-MenuBar-itemLabel", { hasText: new RegExp(`^${name}$`) }).click();
  await page.locator(".lm-Menu-itemLabel", { hasText: new RegExp(`^${entry}$`) }).click();
}

// connected tells whether the notebook is connected to a kernel. The indicator of the page says idle also before, and
// cells that are run then are forgotten.
function connected() {
  const context = window.jupyterapp?.shell?.currentWidget?.sessionContext;
  return Boolean(context?.isReady) && context.session?.kernel?.connectionStatus === "connected";
}

function idle() {
  return window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === "idle";
}

// allRan tells whether every code cell has a number, or one has failed. Lab draws only the cells in view, so the numbers come from
// the model behind them.
function allRan() {
  const cells = codeCells();
  return cells.some((c) => c.error) || (cells.length > 0 && cells.every((c) => c.count > 0 && c.state !== "running"));
  function codeCells() {
    const panel = window.jupyterapp?.shell?.currentWidget;
    return [...(panel?.content?.model?.cells ?? [])].filter((c) => c.type === "code").map((c) => ({
      count: c.executionCount ?? 0, state: c.executionState, error: c.outputs.toJSON().some((o) => o.output_type === "error"),
    }));
  }
}

function look() {
  const panel = window.jupyterapp?.shell?.currentWidget;
  const cells = [...(panel?.content?.model?.cells ?? [])].filter((c) => c.type === "code");
  const outputs = cells.flatMap((c) => c.outputs.toJSON());
  return {
    cells: cells.length,
    ran: cells.filter((c) => c.executionCount > 0).length,
    errors: outputs.filter((o) => o.output_type === "error").map((o) => `${o.ename}: ${o.evalue}`),
    pictures: outputs.filter((o) => Object.keys(o.data ?? {}).some((m) => m.startsWith("image/"))).length,
    kernel: panel?.sessionContext?.kernelDisplayName ?? "",
  };
}

// shoot saves the page as it is with the first code cell at the top. Then it scrolls to each picture in turn, checks that the browser has really drawn it, and saves what a person would see.
async function shoot() {
  const count = await page.evaluate(() => [...window.jupyterapp.shell.currentWidget.content.widgets].length);
  let shots = 0;
  await page.evaluate(async () => {
    const content = window.jupyterapp.shell.currentWidget.content;
    const first = content.widgets.findIndex((w) => w.model.type === "code");
    content.activeCellIndex = first;
    await content.scrollToItem(first, "start");
  });
  await page.waitForTimeout(500);
  await page.screenshot({ path: path.join(folder, "page.png") });
  for (let i = 0; i < count; i++) {
    const has = await page.evaluate((i) => {
      const panel = window.jupyterapp.shell.currentWidget.content;
      const cell = panel.widgets[i];
      if (cell.model.type !== "code") return false;
      return cell.model.outputs.toJSON().some((o) => Object.keys(o.data ?? {}).some((m) => m.startsWith("image/")));
    }, i);
    if (!has) continue;
    await page.evaluate(async (i) => {
      const content = window.jupyterapp.shell.currentWidget.content;
      content.activeCellIndex = i;
      await content.scrollToItem(i, "end");
    }, i);
    const drawn = page.locator(".jp-Cell.jp-mod-active .jp-OutputArea-output").locator("img, svg").first();
    await drawn.waitFor({ state: "visible", timeout: patience });
    await page.waitForFunction(() => {
      const at = document.querySelector(".jp-Cell.jp-mod-active .jp-OutputArea-output img, .jp-Cell.jp-mod-active .jp-OutputArea-output svg");
      const box = at?.getBoundingClientRect();
      return box && box.width > 100 && box.height > 100 && (at.tagName !== "IMG" || at.naturalWidth > 0);
    }, null, { timeout: patience });
    await page.waitForTimeout(500); // for the scrolling to settle; only the picture's place depends on it
    await page.screenshot({ path: path.join(folder, `picture-${++shots}.png`) });
  }
}
