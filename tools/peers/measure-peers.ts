// The whole benchmark against the peers, wherever there is a WebGPU: it runs in a page and in Node.
import type { Clock } from "../../src/experiments/clock.ts";
import type { Backend } from "../../src/gpu/backend.ts";
import { openFolder } from "../../src/model/folder.ts";
import type { ModelSource } from "../../src/model/engine.ts";
import { measureRoofs } from "../bench-roofs.ts";
import { contest, TOLERANCE, type WorkReport } from "./contest.ts";
import { openContestants, type Versions } from "./contestants.ts";
import { PEERS_SCHEMA, type PeersRecord } from "./peers-record.ts";
import { decodeWork, matmulWork, type Work } from "./work.ts";

/** What crosses from the tool to the page: plain values. */
export interface PeersRequest {
  readonly versions: Versions;
  /** Where onnxruntime-web's WebAssembly is; absent in Node, where its WebGPU backend does not run. */
  readonly wasmFolder?: string;
  readonly model: ModelSource;
  readonly modelName: string;
  /** Works to run, by the beginning of their ids; empty for all. */
  readonly only: readonly string[];
  /** Others to compare with, by id; empty for all. */
  readonly against: readonly string[];
  readonly numRounds: number;
  readonly seed: number;
  readonly host: string;
  readonly machine: string;
}

export interface PeersSurroundings {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly tell: (line: string) => void;
}

/** Of the token that the decode step reads: a third into the model's context. */
const POSITION = 96;

const WORKS: readonly {
  readonly id: string;
  /** A software adapter would take minutes for a repeat of it. */
  readonly needsGpu?: boolean;
  readonly make: (request: PeersRequest) => Promise<Work>;
}[] = [
  { id: "matmul-512", make: () => Promise.resolve(matmulWork(512, 512, 512)) },
  { id: "matmul-256", make: () => Promise.resolve(matmulWork(256, 256, 256)) },
  { id: "matmul-1x1024x4096", make: () => Promise.resolve(matmulWork(1, 1024, 4096)) },
  {
    id: "matmul-2048",
    needsGpu: true,
    make: () => Promise.resolve(matmulWork(2048, 2048, 2048)),
  },
  {
    id: "decode",
    make: ({ model, modelName }) => decodeWork({ ...openFolder(model), name: modelName }, POSITION),
  },
];

export async function measurePeers(
  request: PeersRequest,
  { backend, clock, tell }: PeersSurroundings,
): Promise<PeersRecord> {
  const { only, against, numRounds, seed, host, machine } = request;
  const all = await openContestants(backend, request.versions, request.wasmFolder);
  const contestants = all.filter(
    ({ id }, index) => index === 0 || against.length === 0 || against.includes(id),
  );
  const roofs = await measureRoofs(backend, clock, host);
  const works: WorkReport[] = [];
  const { isSoftware } = backend;
  for (const { id, needsGpu = false, make } of WORKS) {
    if (only.length > 0 && !only.some((wanted) => id.startsWith(wanted))) continue;
    if (needsGpu && isSoftware) continue;
    tell(`${id}: ${numRounds} rounds`);
    const settings = { numRounds, seed, clock, isSoftware };
    works.push(await contest(await make(request), contestants, settings));
  }
  return {
    schema: PEERS_SCHEMA,
    createdAt: new Date().toISOString(),
    device: { name: backend.name, isSoftware: backend.isSoftware },
    host,
    machine,
    tolerance: TOLERANCE,
    works,
    ...(roofs === undefined ? {} : { roofs }),
  };
}
