// The ladders: each family of kernels from naive to fast, and the one idea that each step adds over the step before.
// The arithmetic of each family is in work.ts; the kernels are in shaders/.

export interface Step {
  /** In the address: `product=tiled`. */
  readonly id: string;
  readonly name: string;
  /** What it does that the step before does not. */
  readonly idea: string;
  /**
   * Its kernels in the order they run, `<folder>/<variant>` under shaders/. Where a software adapter cannot run one, it
   * takes the one after the bar.
   */
  readonly kernels: readonly string[];
  /** Why it is shown and not timed, where that is so. */
  readonly untimed?: string;
}

export interface Family {
  readonly name: string;
  /** What one repeat of any step is, in a sentence: "a product". */
  readonly per: string;
  readonly steps: readonly Step[];
}

const MATRIX_PRODUCT: Family = {
  name: "Matrix product",
  per: "the product",
  steps: [
    {
      id: "naive",
      name: "One thread, one output",
      idea: "As the textbook writes it: each thread walks along one row of either matrix and keeps one sum. Every number of a matrix is loaded N times, and each multiply-add waits for two loads.",
      kernels: ["linear/naive"],
    },
    {
      id: "vec4",
      name: "Vectors of four, four outputs",
      idea: "Still no sharing between threads, but a load brings four numbers, and each vector of weights meets four rows: five loads feed 16 multiply-adds, for which the first step needs 32.",
      kernels: ["linear/vec4"],
    },
    {
      id: "tiled",
      name: "Tiles in shared memory",
      idea: "A workgroup fetches 16 × 16 elements of each matrix together and every thread uses 16 of each: memory is read 16 times less often. Barriers keep the tile whole while it is used.",
      kernels: ["linear/tiled"],
    },
    {
      id: "quad",
      name: "4 × 4 outputs in registers",
      idea: "No shared memory: each thread keeps 16 sums, so that eight loaded vectors feed 16 dot products. A number in a register is used four times, without a barrier and without a trip to shared memory.",
      kernels: ["linear/quad"],
    },
    {
      id: "blocked",
      name: "Both: tiles of 64, 4 × 4 in registers",
      idea: "Shared memory lets an element serve 64 threads, and registers let each read of shared memory serve four multiply-adds. The two kinds of reuse multiply.",
      kernels: ["linear/blocked"],
    },
    {
      id: "octet-shared",
      name: "Tiles of 128, 8 × 8 in registers",
      idea: "Twice the side of both: half as many reads from memory and from shared memory for the same arithmetic. It takes 64 registers for the sums alone, and a matrix with enough tiles for every core.",
      kernels: ["linear/octet-shared"],
    },
    {
      id: "octet",
      name: "8 × 8 in registers, no shared memory",
      idea: "The same 8 × 8 sums with loads straight through the caches: no barrier ever stops a thread. Which of the two is faster depends on how good the device’s caches are.",
      kernels: ["linear/octet"],
    },
    {
      id: "half",
      name: "The same in half precision",
      idea: "Products in 16-bit floating point, where the device has it; each tile’s sum goes into 32 bits. Shared memory holds twice as much. Results differ in the third digit, so the engine never chooses it by itself.",
      kernels: ["linear/half"],
    },
  ],
};

const MATRIX_VECTOR: Family = {
  name: "Matrix–vector product",
  per: "the product",
  steps: [
    {
      id: "naive",
      name: "One thread, one output",
      idea: "Each thread walks along its own row of weights, one number at a time. Neighbouring threads read numbers that lie a whole row apart, so a load of the threads together touches as many lines of memory as there are threads.",
      kernels: ["linear/naive"],
    },
    {
      id: "vec4",
      name: "Four numbers a load",
      idea: "A quarter of the load instructions for the same bytes, and four times as many bytes under way at once.",
      kernels: ["linear/vec4"],
    },
    {
      id: "strip",
      name: "Eight outputs a thread",
      idea: "A vector of the input, once loaded, meets eight rows of weights: 9 loads for 8 dot products in place of 16. But there are eight times fewer threads to hide the waiting.",
      kernels: ["linear/strip"],
    },
    {
      id: "cooperative",
      name: "Lanes side by side",
      idea: "A workgroup’s 64 lanes share one row, so that neighbours read neighbouring weights: a load is one run of 1,024 bytes. At the end the lanes’ sums are added in shared memory.",
      kernels: ["linear/cooperative"],
    },
    {
      id: "subgroup",
      name: "Sums within subgroups",
      idea: "Lanes that run in step add up their sums in registers, where the device offers subgroups; shared memory carries one sum for each subgroup, not for each lane.",
      kernels: ["linear/subgroup"],
    },
  ],
};

const SMALL_BATCH: Family = {
  name: "Matrix × a small batch",
  per: "the product",
  steps: [
    {
      id: "naive",
      name: "One thread, one output",
      idea: "Each row of the batch reads every weight again: nothing is shared but by the luck of a cache.",
      kernels: ["linear/naive"],
    },
    {
      id: "vec4",
      name: "Four rows a weight",
      idea: "Loads of four numbers, and each weight, once loaded, meets up to four rows: a batch of 16 reads the weights four times, one of four only once.",
      kernels: ["linear/vec4"],
    },
    {
      id: "cooperative",
      name: "Lanes side by side",
      idea: "The same up to four rows a weight, but neighbouring lanes read neighbouring weights, in runs of 1,024 bytes.",
      kernels: ["linear/cooperative"],
    },
    {
      id: "batch",
      name: "Sixteen rows a weight",
      idea: "Up to 16 rows share one reading of the weights. Where reading them takes the time, 16 rows take as long as one; a batch of two or four gains nothing over the step before.",
      kernels: ["linear/batch"],
    },
  ],
};

const READING: Family = {
  name: "Reading memory",
  per: "the pass",
  steps: [
    {
      id: "own-run",
      name: "Each thread a run of its own",
      idea: "Every number once, each thread from end to end of its own run. Neighbours are far apart at every moment, and one load touches as many lines of memory as there are lanes.",
      kernels: ["micro/read-own-run"],
    },
    {
      id: "scalar",
      name: "Neighbours read neighbours",
      idea: "Neighbouring threads read neighbouring numbers: a load of the lanes together is one run of memory, and every byte of a line that is fetched is used.",
      kernels: ["micro/read-scalar"],
    },
    {
      id: "vec4",
      name: "Four numbers a load",
      idea: "A quarter of the instructions for the same bytes, and four times as many bytes under way.",
      kernels: ["micro/read-vec4"],
    },
    {
      id: "laps",
      name: "Laps of a known number",
      idea: "One of the two kernels that measure the roof above. The loop’s end is known when the kernel is compiled, and a set may be read many times over; here it is read once. With each lap the workgroups move on by one, so that no core meets the part that its own cache holds.",
      kernels: ["ladder/read"],
    },
    {
      id: "laps-four",
      name: "Four loads under way",
      idea: "The other one: four vectors are asked for before the first is needed, so the wait for one hides behind the others. The better of the two counts as the roof.",
      kernels: ["ladder/read-four"],
    },
    {
      id: "copy",
      name: "And writing as much",
      idea: "No faster step but another measure: a copy moves twice the bytes. What a memory copy reaches is less than what reading reaches, since the memory must turn round between the two.",
      kernels: ["micro/copy"],
    },
  ],
};

const ARITHMETIC: Family = {
  name: "Multiply-adds",
  per: "a multiply-add",
  steps: [
    {
      id: "scalar",
      name: "Eight chains a thread",
      idea: "Each multiply-add of a chain waits for the one before it, so each thread keeps eight chains going. Nothing is read inside the loop.",
      kernels: ["micro/fma-scalar"],
    },
    {
      id: "vec4",
      name: "Chains of vectors",
      idea: "Each chain is a vector of four: 32 independent sums a thread, and one turn of the loop pays for four times the arithmetic.",
      kernels: ["micro/fma-vec4"],
    },
  ],
};

const LAUNCH: Family = {
  name: "A dispatch alone",
  per: "a dispatch",
  steps: [
    {
      id: "empty",
      name: "Nothing at all",
      idea: "No array, no arithmetic: only the launch would be left. But nothing is written that a next dispatch could wait for.",
      kernels: ["micro/empty"],
      untimed:
        "Shown, and not timed here: dispatches that write nothing need not wait for one another, so how often they go by says little about one.",
    },
    {
      id: "counter",
      name: "One number, in turn",
      idea: "One thread adds one to a number, so that each dispatch must wait for the one before, as a model’s kernels do. Its time is what a launch costs: the third limit of every verdict on this page.",
      kernels: ["ladder/launch"],
    },
  ],
};

const LINEAR_RELU: Family = {
  name: "Fused: linear → ReLU",
  per: "the pair",
  steps: [
    {
      id: "apart",
      name: "Two kernels",
      idea: "The product is written to memory; a second kernel is launched, reads it back, compares it with zero and writes it again.",
      kernels: ["linear/vec4", "relu/in-place"],
    },
    {
      id: "fused",
      name: "One kernel",
      idea: "The sum is still in a register when it is compared with zero: the output crosses memory once, not three times, and one launch is saved. The rest of the kernel is the same to the letter.",
      kernels: ["linear-relu/vec4"],
    },
  ],
};

const NORM_LINEAR: Family = {
  name: "Fused: norm → linear",
  per: "the pair",
  steps: [
    {
      id: "apart",
      name: "Two kernels",
      idea: "The norm reads each row, scales it and writes it to memory; the product is launched next and reads it back.",
      kernels: ["rms-norm/row|rms-norm/thread", "linear/vec4"],
    },
    {
      id: "fused",
      name: "One kernel",
      idea: "A row’s squares are summed while it passes through the product, and the scale, one number a row, waits until after the sums. The normed row never touches memory, and one launch is saved. The price: every thread sums the squares anew.",
      kernels: ["norm-linear/vec4"],
    },
  ],
};

const NORM_QKV: Family = {
  name: "Fused: norm → Q · K · V",
  per: "the half layer",
  steps: [
    {
      id: "apart",
      name: "Seven kernels",
      idea: "The way into attention as the formula has it: a norm, three products that each read its output, RoPE on queries and keys, and a copy of keys and values into the cache. Each result is written to memory and read back by the next.",
      kernels: [
        "rms-norm/row|rms-norm/thread",
        "linear/vec4",
        "linear/vec4",
        "linear/vec4",
        "rope/rotate-halves",
        "rope/rotate-halves",
        "kv-append/contiguous",
      ],
    },
    {
      id: "thread",
      name: "One kernel, one thread a pair",
      idea: "The norm’s scale waits until after the sums, so norm and product are one loop. A thread owns the two features that RoPE turns together: it turns them in registers and stores them in the cache itself.",
      kernels: ["norm-qkv-rope-append/contiguous"],
    },
    {
      id: "cooperative",
      name: "Lanes side by side",
      idea: "A workgroup shares two pairs of up to four rows and its lanes read the weights in runs of 1,024 bytes: made for a row or a few.",
      kernels: ["norm-qkv-rope-append/contiguous-cooperative"],
    },
    {
      id: "strip",
      name: "Four pairs of one row a thread",
      idea: "A vector of the hidden row, once read, normed and squared, meets the weights of eight features, not of two. But a weight now meets one row, not four.",
      kernels: ["norm-qkv-rope-append/contiguous-strip"],
    },
    {
      id: "quad",
      name: "4 rows by 2 pairs in registers",
      idea: "With many rows the same reuse as in a matrix product: eight loads feed 16 dot products, without a barrier.",
      kernels: ["norm-qkv-rope-append/contiguous-quad"],
    },
    {
      id: "blocked",
      name: "Tiles in shared memory",
      idea: "A workgroup fetches tiles for 64 rows and 32 pairs; the threads that fetch the rows sum their squares as they pass.",
      kernels: ["norm-qkv-rope-append/contiguous-blocked"],
    },
  ],
};

const NORM_GATE_UP: Family = {
  name: "Fused: norm → gate · up",
  per: "the half layer",
  steps: [
    {
      id: "apart",
      name: "Four kernels",
      idea: "The first half of a feed-forward layer as the formula has it: a norm, two products and SwiGLU, each written to memory and read back by the next.",
      kernels: ["rms-norm/row|rms-norm/thread", "linear/vec4", "linear/vec4", "swiglu/gate"],
    },
    {
      id: "thread",
      name: "One kernel, one thread a feature",
      idea: "The norm’s scale is one number for each row, so it can be applied after the sums: every thread adds up the squares on the way, and nothing between hidden state and activation touches memory.",
      kernels: ["norm-gate-up/thread"],
    },
    {
      id: "cooperative",
      name: "Lanes side by side",
      idea: "A workgroup shares two features and its lanes read the weights in runs of 1,024 bytes: made for a row or a few.",
      kernels: ["norm-gate-up/cooperative"],
    },
    {
      id: "strip",
      name: "Four features of two rows a thread",
      idea: "A vector of the hidden row, once read, normed and squared, meets the weights of four features, not of one. But a weight now meets two rows, not four, and there are half as many threads.",
      kernels: ["norm-gate-up/strip"],
    },
    {
      id: "quad",
      name: "4 rows by 2 features in registers",
      idea: "With many rows the same reuse as in a matrix product: eight loads feed 16 dot products, without a barrier.",
      kernels: ["norm-gate-up/quad"],
    },
    {
      id: "blocked",
      name: "Tiles in shared memory",
      idea: "A workgroup fetches tiles for 64 rows and 32 features; the threads that fetch the rows sum their squares as they pass.",
      kernels: ["norm-gate-up/blocked"],
    },
    {
      id: "octet",
      name: "8 rows by 4 features in registers",
      idea: "Twice the side of the 4 × 2 step, and again no shared memory: 16 loads feed 64 dot products.",
      kernels: ["norm-gate-up/octet"],
    },
  ],
};

const DECODE: Family = {
  name: "Attention: decode",
  per: "the step’s attention",
  steps: [
    {
      id: "serial",
      name: "One thread a head",
      idea: "One thread for each query head walks through the whole context and keeps a running softmax. No score reaches memory, but a decode step has few heads, and a GPU’s lanes stand idle.",
      kernels: ["attention/contiguous-serial"],
    },
    {
      id: "unfused",
      name: "Scores, softmax, values apart",
      idea: "Three kernels, so that a thread for each score and then one for each output have work. The price: all scores are written to memory, read, written and read again.",
      kernels: [
        "attention-scores/contiguous",
        "softmax/row|softmax/thread",
        "attention-values/contiguous",
      ],
    },
    {
      id: "fused",
      name: "One workgroup a head",
      idea: "256 lanes score 256 keys at a time, then add up the values. What was summed under an old maximum is shrunk to the new one, so no score outlives its tile or reaches memory.",
      kernels: ["attention/contiguous"],
    },
    {
      id: "flash",
      name: "Flash decode: the context in splits",
      idea: "A head has too few workgroups to fill a GPU, so the context is cut into splits of 256 keys, each with a workgroup of its own. A second, small kernel puts the splits on one scale.",
      kernels: ["flash-decode/partial-contiguous", "flash-decode/merge"],
    },
    {
      id: "paged",
      name: "Flash decode over a paged cache",
      idea: "No faster step but the price of paging: the same kernel finds each key through a block table, four bytes for every 16 tokens, and the blocks lie strewn over the cache.",
      kernels: ["flash-decode/partial-paged", "flash-decode/merge"],
    },
  ],
};

const PREFILL: Family = {
  name: "Attention: prefill",
  per: "the prompt’s attention",
  steps: [
    {
      id: "serial",
      name: "One thread a row and head",
      idea: "Every token of the prompt is a row, so there are threads enough. But each walks through its context alone, and neighbours read different places of the cache.",
      kernels: ["attention/contiguous-serial"],
    },
    {
      id: "fused",
      name: "One workgroup a row and head",
      idea: "256 lanes score 256 keys side by side. Each row still reads the whole context for itself.",
      kernels: ["attention/contiguous"],
    },
    {
      id: "tiled",
      name: "Sixteen rows share the context",
      idea: "A workgroup takes 16 rows of a head: a key or value, once fetched, serves all of them, and the context is read 16 times less often.",
      kernels: ["attention/contiguous-tiled"],
    },
  ],
};

export const FAMILIES = {
  product: MATRIX_PRODUCT,
  vector: MATRIX_VECTOR,
  rows: SMALL_BATCH,
  reading: READING,
  arithmetic: ARITHMETIC,
  launch: LAUNCH,
  relu: LINEAR_RELU,
  normLinear: NORM_LINEAR,
  qkv: NORM_QKV,
  gateUp: NORM_GATE_UP,
  decode: DECODE,
  prefill: PREFILL,
} as const satisfies Readonly<Record<string, Family>>;

export type FamilyId = keyof typeof FAMILIES;

export function isFamily(id: string): id is FamilyId {
  return Object.hasOwn(FAMILIES, id);
}
