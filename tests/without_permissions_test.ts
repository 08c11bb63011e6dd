/** Says once, in plain `deno test`, what is not run and how to run it. */
import { granted } from "./permissions.ts";

if (!granted("read", "write", "run", "net", "env")) {
  console.log(
    "Tests that read files, use WASM or workers, or open a page are skipped: deno task test runs them all.",
  );
}
