// The fields of the published file that no check computes and no code restates, each with the reason.

const IN_WORDS = "a formula in words: the checks of its group compute it";
const SOURCE = "where the figures come from, for the reader of the file";
const UNSTATED = "no page states it, and no code computes it";

export const QUOTED_ONLY: Readonly<Record<string, string>> = {
  about: "says what the file is",
  "linear_layer.source": SOURCE,
  "linear_layer.formula": IN_WORDS,
  "tile_and_wave_quantization.source": SOURCE,
  "tile_and_wave_quantization.k": "tiles and waves of an output do not depend on the inner size",
  "paged_attention_paper.source": SOURCE,
  "paged_attention_paper.table1.2.weights_GB":
    "printed so: 2 bytes of 173 billion parameters, where the model has 175; held only by the share of the GPUs' memory",
  "paged_attention_paper.waste_bound":
    "a sentence without a figure; the property tests of paging hold it",
  "paged_attention_paper.sharing_saving_percent.alpaca_parallel_sampling.0": UNSTATED,
  "paged_attention_paper.sharing_saving_percent.alpaca_parallel_sampling.1": UNSTATED,
  "paged_attention_paper.sharing_saving_percent.alpaca_beam.0": UNSTATED,
  "paged_attention_paper.sharing_saving_percent.alpaca_beam.1": UNSTATED,
  "paged_attention_paper.recompute_cost_over_swap": UNSTATED,
  "speculative_decoding.source": SOURCE,
  "speculative_decoding.expected_tokens": IN_WORDS,
  "speculative_decoding.speedup": IN_WORDS,
  "speculative_decoding.note": "a warning to whoever writes tests",
  "decode_step_scaling_book.source": SOURCE,
  "decode_step_scaling_book.formula": IN_WORDS,
  "mixtral_distinct_experts_hit_uniform_top2_of_8.formula": IN_WORDS,
  "reading_speed.source": SOURCE,
  "rufus.source": SOURCE,
};
