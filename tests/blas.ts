import { closeBlas, openBlas } from "../kernels/mod.ts";

/** Whether this machine has a BLAS that may be loaded; says aloud where it has none. */
export function hasBlas(): boolean {
  try {
    openBlas();
    closeBlas();
    return true;
  } catch (error) {
    const isThere = !/there is no|usual place/.test((error as Error).message);
    if (isThere && !(error instanceof Deno.errors.NotCapable)) throw error;
    console.log("No BLAS to load here: what trains with one is not tested.");
    return false;
  }
}
