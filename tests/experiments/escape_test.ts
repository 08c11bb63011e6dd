import { Marked } from "marked";
import markedKatex from "marked-katex-extension";
import { assertEquals } from "@std/assert";
import { escapeHtml, escapeMarkdown, escapeShell } from "../../experiments/escape.ts";
import { granted } from "../permissions.ts";

Deno.test("escapeHtml leaves nothing that ends a text, a tag or an attribute", () => {
  assertEquals(escapeHtml('a < b & "c" &lt; d'), "a &lt; b &amp; &#34;c&#34; &amp;lt; d");
});

Deno.test("any three signs and words that Markdown knows are text when escaped", () => {
  const marked = new Marked(markedKatex({ throwOnError: true, nonStandard: true }));
  const parts = [
    ..."[]()!<>&*_`~$\\|{}:.@#\n^'\"".split(""),
    ...["a", "www", "https://", "lt;", "x.org", "javascript:1"],
  ];
  for (const first of parts) {
    for (const second of parts) {
      for (const third of parts) {
        const text = `on ${first}${second}${third}a, b`;
        const html = marked.parseInline(escapeMarkdown(text), { async: false });
        const seen = html.replaceAll("&lt;", "<").replaceAll("&gt;", ">")
          .replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
        assertEquals(seen, text.replace(/\s+/g, " "));
      }
    }
  }
});

Deno.test({
  name: "escapeShell makes one word of any text, and leaves plain ones alone",
  ignore: !granted("run") || Deno.build.os === "windows",
  async fn() {
    assertEquals(escapeShell("/usr/lib/libblas-3.so"), "/usr/lib/libblas-3.so");
    for (const text of ["it's", '$HOME "a" `b` \\', "a;b&c|d>e", "", " ", "*", "~", "ä\n"]) {
      const { stdout } = await new Deno.Command("sh", {
        args: ["-c", `printf %s ${escapeShell(text)}`],
      }).output();
      assertEquals(new TextDecoder().decode(stdout), text);
    }
  },
});
