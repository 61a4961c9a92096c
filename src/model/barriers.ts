// Which kernels a software adapter is spared.

/**
 * A software adapter runs a workgroup's threads by turns on a few cores and compiles a barrier into coroutines:
 * such variants take seconds to compile there and never win, so they are not worth the reader's wait.
 */
export function hasBarrier(source: string): boolean {
  return source.includes("workgroupBarrier()");
}
