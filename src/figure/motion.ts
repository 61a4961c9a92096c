// Time and motion. The only place that asks for animation frames: it knows whether the figure can be seen and
// whether motion is welcome.
import { useEffect, useRef, useSyncExternalStore, type RefObject } from "react";

const QUERY = "(prefers-reduced-motion: reduce)";

let query: MediaQueryList | undefined;

/** Made once: it is asked at every move of a slider. */
function systemQuery(): MediaQueryList {
  return (query ??= matchMedia(QUERY));
}

/** The reader's own setting first, else the system's. */
export function isMotionReduced(): boolean {
  const setting = document.documentElement.dataset["motion"];
  return setting === "reduce" || (setting !== "full" && systemQuery().matches);
}

function subscribe(onChange: () => void): () => void {
  const system = systemQuery();
  const observer = new MutationObserver(onChange);
  observer.observe(document.documentElement, { attributeFilter: ["data-motion"] });
  system.addEventListener("change", onChange);
  return () => {
    observer.disconnect();
    system.removeEventListener("change", onChange);
  };
}

/** Posters are still pictures, so the server's answer is yes. */
export function useIsMotionReduced(): boolean {
  return useSyncExternalStore(subscribe, isMotionReduced, () => true);
}

/** Whether the element is on the screen and its page in front. */
export function observeVisibility(
  element: Element,
  onChange: (isVisible: boolean) => void,
): () => void {
  let isOnScreen = false;
  const report = () => onChange(isOnScreen && document.visibilityState === "visible");
  // Several changes may come at once; the last is how it stands.
  const observer = new IntersectionObserver((entries) => {
    isOnScreen = entries.at(-1)?.isIntersecting ?? false;
    report();
  });
  observer.observe(element);
  document.addEventListener("visibilitychange", report);
  return () => {
    observer.disconnect();
    document.removeEventListener("visibilitychange", report);
  };
}

/** Longest step a frame may report, in seconds, so that a return from another tab is no jump. */
const MAX_STEP = 0.1;

export interface FramesOptions {
  /** The drawing: frames come only while it can be seen. */
  readonly target: RefObject<Element | null>;
  readonly isPlaying: boolean;
  /** Gets the seconds since the last frame, at most 0.1. */
  readonly onFrame: (stepSeconds: number) => void;
}

/**
 * Calls `onFrame` once a frame while playing and visible. It does not look at the reduced-motion setting: a view
 * that animates by itself passes `isPlaying: !isMotionReduced && …`, and offers steps instead.
 */
export function useFrames({ target, isPlaying, onFrame }: FramesOptions): void {
  const latest = useRef(onFrame);
  useEffect(() => {
    latest.current = onFrame;
  });
  useEffect(() => {
    const element = target.current;
    if (!isPlaying || !element) return undefined;
    let handle = 0;
    let last: number | undefined;
    const frame = (now: number) => {
      if (last !== undefined) latest.current(Math.min(MAX_STEP, (now - last) / 1000));
      last = now;
      handle = requestAnimationFrame(frame);
    };
    const stopObserving = observeVisibility(element, (isVisible) => {
      cancelAnimationFrame(handle);
      last = undefined;
      if (isVisible) handle = requestAnimationFrame(frame);
    });
    return () => {
      stopObserving();
      cancelAnimationFrame(handle);
    };
  }, [isPlaying, target]);
}
