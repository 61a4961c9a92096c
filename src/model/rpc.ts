// The messages between a page and the engine in its Worker: calls by number, answers by the same number.
import { EngineError, type Engine, type EngineErrorCode } from "./engine.ts";

/** Methods that can be called from afar: all of them. */
export type EngineMethod = keyof Engine;

export interface CallMessage {
  readonly kind: "call";
  readonly id: number;
  readonly method: EngineMethod;
  readonly args: readonly unknown[];
}

/** The signal of a call was given. */
export interface InterruptMessage {
  readonly kind: "interrupt";
  readonly id: number;
}

export interface ProgressMessage {
  readonly kind: "progress";
  readonly id: number;
  readonly fraction: number;
}

export interface ResultMessage {
  readonly kind: "result";
  readonly id: number;
  readonly value: unknown;
}

export interface FailureMessage {
  readonly kind: "failure";
  readonly id: number;
  readonly code: EngineErrorCode;
  readonly message: string;
}

export type ReplyMessage = ProgressMessage | ResultMessage | FailureMessage;

export function failureMessage(id: number, error: unknown): FailureMessage {
  const code = error instanceof EngineError ? error.code : "internal";
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "failure", id, code, message };
}
