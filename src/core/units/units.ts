// Units carried by types: a number that crosses a module has one. SI inside; formatting converts.

declare const unit: unique symbol;
type Quantity<Name extends string> = number & { readonly [unit]: Name };

export type Bytes = Quantity<"B">;
export type Flops = Quantity<"FLOP">;
export type Seconds = Quantity<"s">;
export type BytesPerSecond = Quantity<"B/s">;
export type FlopsPerSecond = Quantity<"FLOP/s">;
export type FlopsPerByte = Quantity<"FLOP/B">;

export const bytes = (value: number): Bytes => value as Bytes;
export const flops = (value: number): Flops => value as Flops;
export const seconds = (value: number): Seconds => value as Seconds;
export const bytesPerSecond = (value: number): BytesPerSecond => value as BytesPerSecond;
export const flopsPerSecond = (value: number): FlopsPerSecond => value as FlopsPerSecond;
export const flopsPerByte = (value: number): FlopsPerByte => value as FlopsPerByte;

/** Decimal prefixes, as in GB, GFLOP/s and on every datasheet. */
export const KILO = 1e3;
export const GIGA = 1e9;
export const TERA = 1e12;

/** Binary prefixes, as in KiB, MiB and GiB: what allocators and vLLM's log count in. */
export const KIBI = 1024;
export const MEBI = 1024 ** 2;
export const GIBI = 1024 ** 3;
