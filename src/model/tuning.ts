// The measured choice of kernels, kept: by device and shape while the engine lives, and for a day where there is a store.
import type { Backend } from "../gpu/backend.ts";
import { chooserOf, tuneKernels, type TuningHost } from "./autotune.ts";
import type { TunedFamily } from "./engine.ts";
import { parseKeptTuning, type KeptTuning } from "./kept-tuning.ts";
import { DEFAULT_CHOICE, KERNEL_FAMILIES, MEASURED, type KernelChooser } from "./kernel-choice.ts";

/** Where tables are kept from visit to visit. Neither method rejects. */
export interface TuningStore {
  read(key: string): Promise<unknown>;
  write(key: string, value: unknown): Promise<void>;
}

export interface Tuning {
  readonly table: readonly TunedFamily[];
  readonly choose: KernelChooser;
}

const FAMILIES = [...MEASURED.fused, ...MEASURED.unfused] as const;

/** Every variant that there is: a table made from fewer of them is old. */
const VARIANTS = FAMILIES.flatMap((family) => KERNEL_FAMILIES[family].map(({ id }) => id)).join();

export class TuningBook {
  readonly #known = new Map<string, Tuning>();
  readonly #store: TuningStore | undefined;

  constructor(store?: TuningStore) {
    this.#store = store;
  }

  /** The choice for a device and a model's shape: known, kept, or measured now. */
  async open(host: TuningHost): Promise<Tuning> {
    const key = keyOf(host.backend, host.model.config.shape);
    const tuning =
      this.#known.get(key) ?? (await this.#read(key)) ?? (await this.#measure(key, host));
    this.#known.set(key, tuning);
    return tuning;
  }

  async #read(key: string): Promise<Tuning | undefined> {
    const kept = parseKeptTuning(await this.#store?.read(key));
    const choose = kept && chooserOf(kept.table);
    return kept && choose && { table: kept.table, choose };
  }

  async #measure(key: string, host: TuningHost): Promise<Tuning> {
    const table = await tuneKernels(host);
    if (table.length > 0) {
      const kept: KeptTuning = { at: Date.now(), device: host.backend.name, table };
      await this.#store?.write(key, kept);
    }
    return { table, choose: chooserOf(table) ?? (() => DEFAULT_CHOICE) };
  }
}

/** Some variants need a feature, which a browser may offer today and not tomorrow. */
function keyOf({ name, features }: Backend, shape: object): string {
  return `${name} ${[...features].toSorted().join()} ${JSON.stringify(shape)} ${VARIANTS}`;
}
