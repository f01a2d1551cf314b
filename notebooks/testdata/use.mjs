// Uses two notebooks in a running JupyterLab with a real browser, as a person does in a morning: runs a cell that does not end and
// interrupts it, restarts and runs all, answers a question, opens another notebook beside it, closes the tab and comes back.
//
//   node use.mjs CHROMIUM LAB-URL SCREENSHOT-FOLDER
//
// The last line of its output is a JSON object with what was seen. NODE_PATH must name the folder of playwright-core.
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.NODE_PATH, "use.mjs"));
const { chromium } = require("playwright-core");
const [executablePath, url, folder] = process.argv.slice(2);
const patience = Number(process.env.JOULE_PATIENCE ?? 600) * 1000;
const report = {};

const browser = await chromium.launch({
  executablePath,
  headless: true,
  timeout: patience,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let page;
try {
  page = await open("a.ipynb");
  const first = await kernel();
  await command("notebook:run-all-cells");
  await until(() => text(1).includes("running"));
  await command("notebook:interrupt-kernel");
  await until(() => failed(1));
  report.interrupted = await page.evaluate(() => cells().map((c) => ({ text: text(c), count: c.executionCount, error: failed(c) })));

  await page.evaluate(() => cells()[1].sharedModel.setSource("n + 1"));
  await command("notebook:restart-run-all");
  await page.locator(".jp-Dialog .jp-mod-accept").click();
  await page.locator(".jp-Stdin-input").waitFor({ state: "visible" });
  await page.locator(".jp-Stdin-input").fill("Zoë");
  await page.locator(".jp-Stdin-input").press("Enter");
  await until(() => cells().every((c) => c.executionCount > 0 && c.executionState !== "running") && text(3).includes("50"));
  report.restarted = await page.evaluate(() => cells().map((c) => ({ text: text(c), count: c.executionCount, error: failed(c) })));
  await page.screenshot({ path: path.join(folder, "use.png") });

  const one = page;
  const other = await open("b.ipynb");
  report.kernels = [first, await kernel()];
  await command("notebook:run-all-cells");
  await until(() => failed(0));
  report.other = await page.evaluate(() => text(0));
  await other.close();

  await one.close();
  page = await open("a.ipynb");
  report.back = await kernel() === first;
  await page.evaluate(() => cells()[0].sharedModel.setSource("n * 2"));
  await page.evaluate(() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0; });
  await command("notebook:run-cell");
  await until(() => text(0).includes("84") || failed(0));
  report.came = await page.evaluate(() => ({ text: text(0), count: cells()[0].executionCount }));
} catch (e) {
  await page?.screenshot({ path: path.join(folder, "failed.png") }).catch(() => {});
  console.log(String(e));
  process.exitCode = 1;
} finally {
  console.log(JSON.stringify(report));
  await browser.close();
}

// open opens a notebook in a tab of its own and waits until it is connected to its kernel.
async function open(name) {
  page = await browser.newPage({ viewport: { width: 1000, height: 960 }, deviceScaleFactor: 1 });
  page.setDefaultTimeout(patience);
  page.on("pageerror", (e) => console.log("page error:", e.message));
  await page.addInitScript(() => {
    window.cells = () => [...(window.jupyterapp?.shell?.currentWidget?.content?.model?.cells ?? [])];
    const cell = (c) => (typeof c === "number" ? window.cells()[c] : c);
    const outputs = (c) => cell(c)?.outputs?.toJSON() ?? [];
    window.failed = (c) => outputs(c).some((o) => o.output_type === "error");
    const string = (s) => (Array.isArray(s) ? s.join("") : s ?? "");
    window.text = (c) => outputs(c).map((o) => string(o.text ?? o.data?.["text/plain"] ?? `${o.ename}: ${o.evalue}`)).join("");
  });
  await page.goto(url.replace("/lab?", `/lab/tree/${name}?`), { waitUntil: "domcontentloaded" });
  await page.waitForSelector(".jp-Notebook .jp-CodeCell");
  await page.waitForFunction((name) => { // Lab opens again what was open before, and may show that first
    const widget = window.jupyterapp?.shell?.currentWidget;
    const session = widget?.context?.path === name && widget.sessionContext.isReady ? widget.sessionContext.session : null;
    return session?.kernel?.connectionStatus === "connected" && session.kernel.status === "idle";
  }, name, { polling: 100 });
  return page;
}

// command runs a command of Lab without waiting for its end: some end only when a person has answered.
function command(id) {
  return page.evaluate((id) => { window.jupyterapp.commands.execute(id); }, id);
}

function kernel() { return page.evaluate(() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id); }

function until(f) { return page.waitForFunction(f, null, { polling: 100 }); }
