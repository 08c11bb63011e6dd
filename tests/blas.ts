import { closeBlas, openBlas } from "../kernels/mod.ts";

/** Whether this machine has a BLAS that may be loaded; says aloud where it has none. */
export function hasBlas(): boolean {
  try {
    openBlas();
    closeBlas();
    return true;
  } catch {
    console.log("No BLAS to load here: what trains with one is not tested.");
    return false;
  }
}
