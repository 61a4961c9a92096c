// One engine for a whole page, shared by its figures: opened when the first needs it, closed when the last lets
// go. It lives in a Worker; where Workers may not start (a sandboxed frame), the same engine runs in the page.
import {
  EngineError,
  type DeviceReport,
  type Engine,
  type LoadRequest,
  type ModelReport,
  type OpenRequest,
} from "./engine.ts";
import { createWorkerEngine } from "./worker-engine.ts";

export interface OpenedEngine {
  readonly engine: Engine;
  readonly device: DeviceReport;
}

export interface ReadyEngine extends OpenedEngine {
  readonly model: ModelReport;
}

export interface EngineRequest {
  readonly open: OpenRequest;
  readonly load: LoadRequest;
}

interface SharedEngine {
  /** How it was opened; a request that differs ends it and opens anew. */
  readonly openKey: string;
  readonly opened: Promise<OpenedEngine>;
  /** What is loaded, or being loaded; absent until a figure needs a model. A request that differs ends the engine. */
  model?: { readonly key: string; readonly ready: Promise<ReadyEngine> };
  numHolders: number;
}

/** How long an engine that nobody holds is kept, in case the next figure wants it. */
const LINGER_MS = 3000;

let shared: SharedEngine | undefined;
let lingering: ReturnType<typeof setTimeout> | undefined;

/** What a figure holds until it is unmounted. */
export interface Lease<Ready> {
  readonly ready: Promise<Ready>;
  /** Must be called once; the engine is closed a little after its last holder lets go. */
  release(): void;
}

export type EngineLease = Lease<ReadyEngine>;

/**
 * The page's engine with a model loaded.
 *
 * @param onProgress - fraction in [0, 1] of the model's download and upload, for the first holder.
 */
export function leaseEngine(
  { open, load }: EngineRequest,
  onProgress: (fraction: number) => void = () => {},
): EngineLease {
  const key = loadKey(load);
  if (shared?.model !== undefined && shared.model.key !== key) closeShared();
  const holder = takeShared(open);
  holder.model ??= { key, ready: loadModel(holder, load, onProgress) };
  return hold(holder, holder.model.ready);
}

/** The page's engine for work that needs no model, whatever model it may hold for others. */
export function leaseDevice(open: OpenRequest): Lease<OpenedEngine> {
  const holder = takeShared(open);
  return hold(holder, holder.opened);
}

function takeShared(open: OpenRequest): SharedEngine {
  clearTimeout(lingering);
  const openKey = JSON.stringify(open);
  if (shared?.openKey === openKey) return shared;
  closeShared();
  const made: SharedEngine = { openKey, opened: openEngine(open), numHolders: 0 };
  made.opened.catch(() => forget(made));
  shared = made;
  return made;
}

function forget(holder: SharedEngine): void {
  if (shared === holder) shared = undefined;
}

function hold<Ready>(holder: SharedEngine, ready: Promise<Ready>): Lease<Ready> {
  holder.numHolders++;
  let isReleased = false;
  return {
    ready,
    release() {
      if (isReleased) return;
      isReleased = true;
      holder.numHolders--;
      if (holder.numHolders === 0 && shared === holder) {
        lingering = setTimeout(closeShared, LINGER_MS);
      }
    },
  };
}

/** A lease with a model from a folder of the site, on whatever the reader's machine has. */
export function leaseModel(url: string, onProgress: (fraction: number) => void): EngineLease {
  const source = { kind: "url", url } as const;
  return leaseEngine({ open: { backend: "auto" }, load: { source } }, onProgress);
}

/** Files dropped by the reader are told apart by name and size: their bytes are not compared. */
function loadKey({ source, inflation }: LoadRequest): string {
  const files =
    source.kind === "files"
      ? Object.entries(source.files).map(([name, file]) => [name, file.size])
      : source.url;
  return JSON.stringify([inflation ?? 1, files]);
}

function closeShared(): void {
  const closing = shared;
  shared = undefined;
  closing?.opened.then(({ engine }) => engine.close()).catch(() => {});
}

async function openEngine(open: OpenRequest): Promise<OpenedEngine> {
  const engine = await createPageEngine();
  try {
    return { engine, device: await engine.open(open) };
  } catch (error) {
    await engine.close();
    throw toEngineError(error);
  }
}

/** Where the model cannot be loaded, the engine is closed, and the next figure starts afresh. */
async function loadModel(
  holder: SharedEngine,
  load: LoadRequest,
  onProgress: (fraction: number) => void,
): Promise<ReadyEngine> {
  const opened = await holder.opened;
  try {
    return { ...opened, model: await opened.engine.load(load, onProgress) };
  } catch (error) {
    forget(holder);
    await opened.engine.close();
    throw toEngineError(error);
  }
}

function toEngineError(error: unknown): EngineError {
  return error instanceof EngineError ? error : new EngineError("internal", String(error));
}

async function createPageEngine(): Promise<Engine> {
  try {
    // Vite sees this pattern and builds the Worker as a file of its own.
    const worker = new Worker(new URL("./engine-worker.ts", import.meta.url), {
      type: "module",
      name: "engine",
    });
    return createWorkerEngine(worker);
  } catch {
    const [{ EngineCore }, { openPageBackend }] = await Promise.all([
      import("./engine-core.ts"),
      import("./page-backend.ts"),
    ]);
    return new EngineCore(openPageBackend);
  }
}
