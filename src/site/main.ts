// The only script that a page of prose loads: reader settings, and the islands loader. A figure's scripts are fetched
// when the reader comes near it and has shown to be there (scrolled, pointed, pressed a key), and mounted when it is touched.
import "../styles/index.css";
import "./widget-styles.ts";

type Mount = (
  host: HTMLElement,
  moduleUrl: string,
  findPressed: () => HTMLElement | undefined,
) => Promise<void>;

const { dataset } = document.documentElement;
const hosts = [...document.querySelectorAll<HTMLElement>("[data-widget]")];

/** Worker scripts are the one dangerous sink that the site uses; only its own may run. */
declare global {
  var trustedTypes:
    | { createPolicy(name: string, rules: { createScriptURL(url: string): string }): unknown }
    | undefined;
}
globalThis.trustedTypes?.createPolicy("default", {
  createScriptURL(url) {
    if (new URL(url, location.href).origin !== location.origin) throw new TypeError(url);
    return url;
  },
});

const fetched = new Set<string>();
function prefetch(host: HTMLElement): void {
  for (const url of [host.dataset["module"], ...(host.dataset["preload"] ?? "").split(" ")]) {
    if (!url || fetched.has(url)) continue;
    fetched.add(url);
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = url;
    document.head.append(link);
  }
}

/** A sentence in the figure; the next touch tries again. */
function showFailure(host: HTMLElement): void {
  const notice = document.createElement("p");
  notice.className = "figure-notice";
  notice.role = "alert";
  notice.textContent =
    "This figure could not be loaded. Check the connection, then press it again.";
  host.prepend(notice);
}

const mounted = new WeakSet<HTMLElement>();
const live = new WeakSet<HTMLElement>();
/** Buttons pressed before the figure could hear it. */
const pressed = new WeakMap<HTMLElement, HTMLElement>();
async function mount(host: HTMLElement): Promise<void> {
  if (mounted.has(host)) return;
  mounted.add(host);
  host.querySelector(".figure-notice[role=alert]")?.remove();
  host.ariaBusy = "true";
  prefetch(host);
  try {
    const runtime = new URL(dataset["islands"] ?? "", document.baseURI).href;
    const module = new URL(host.dataset["module"] ?? "", document.baseURI).href;
    const { mountIsland }: { mountIsland: Mount } = await import(/* @vite-ignore */ runtime);
    await mountIsland(host, module, () => pressed.get(host));
    live.add(host);
    // A press that came before the script is done again; the view has seen to those that it replaced.
    const button = pressed.get(host);
    if (button?.dataset["run"] === undefined) button?.click();
  } catch {
    mounted.delete(host);
    showFailure(host);
  } finally {
    host.ariaBusy = null;
  }
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || !(target instanceof HTMLElement)) continue;
      near.unobserve(target);
      prefetch(target);
      if (target.dataset["mount"] === "visible") void mount(target);
    }
  },
  { rootMargin: "300px" },
);

for (const host of hosts) {
  for (const type of ["pointerenter", "focusin", "touchstart"]) {
    host.addEventListener(type, () => void mount(host), { passive: true });
  }
  host.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    if (button && !live.has(host)) pressed.set(host, button);
    void mount(host);
  });
  // The reader was quicker than this script.
  if (host.matches(":focus-within")) void mount(host);
  // The address holds the state of a figure: show it at once.
  const query = [...new URLSearchParams(location.search).keys()];
  const { widget, options = "{}" } = host.dataset;
  const { name = widget, isSolo }: { name?: string; isSolo?: boolean } = JSON.parse(options);
  if (
    query.some((key) => key.startsWith(`${name}.`) || (isSolo && !/^(theme|motion)$/.test(key)))
  ) {
    void mount(host);
  }
}

const SIGNS = ["scroll", "pointermove", "pointerdown", "keydown", "touchstart"];
function onPresence(): void {
  for (const type of SIGNS) removeEventListener(type, onPresence);
  for (const host of hosts) near.observe(host);
}
for (const type of SIGNS) addEventListener(type, onPresence, { passive: true });

// A term shows its definition where it stands; without this it leads to the glossary.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-opens]") : null;
  if (!(link instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const popover = document.getElementById(link.dataset["opens"] ?? "");
  if (!popover?.showPopover) return;
  event.preventDefault();
  // The source is what the popover is anchored to, and where the focus returns.
  popover.togglePopover({ source: link });
});

/** Reader settings: radio buttons named after what they set. */
function isSetting(name: string): name is "theme" | "motion" {
  return name === "theme" || name === "motion";
}
for (const input of document.querySelectorAll<HTMLInputElement>(".reader-settings input")) {
  if (!isSetting(input.name)) continue;
  const { name, value } = input;
  input.checked = (dataset[name] ?? "auto") === value;
  input.addEventListener("change", () => {
    if (value === "auto") delete dataset[name];
    else dataset[name] = value;
    try {
      localStorage.setItem(`memory-bound:${name}`, value);
    } catch {
      // No storage here: the setting lasts as long as the page.
    }
  });
}
