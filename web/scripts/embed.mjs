// Writes the built dashboard down as C++: each file compressed, with its type and its tag.
//
//   node embed.mjs DIST OUTPUT.cc
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

const [dist, output] = process.argv.slice(2);
const names = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(dist, join(entry.parentPath ?? entry.path, entry.name)))
  .sort();

const arrays = [];
const rows = [];
for (const [index, name] of names.entries()) {
  const type = types[extname(name)];
  if (type === undefined) throw new Error(`${name}: files of this kind have no content type here`);
  const bytes = readFileSync(join(dist, name));
  const gzip = gzipSync(bytes, { level: 9 });
  const tag = createHash("sha256").update(bytes).digest("hex").slice(0, 24);
  const path = name === "index.html" ? "/" : `/${name}`;
  const lines = [];
  for (let at = 0; at < gzip.length; at += 24) {
    lines.push("    " + [...gzip.subarray(at, at + 24)].map((byte) => byte.toString()).join(",") + ",");
  }
  arrays.push(`constexpr unsigned char file_${index}[] = {\n${lines.join("\n")}\n};\n`);
  rows.push(
    `    {${JSON.stringify(path)}, ${JSON.stringify(type)}, R"("${tag}")", ` +
      `${name.startsWith("assets/")}, bytes_of(file_${index})},`,
  );
}

writeFileSync(
  output,
  `// Made by web/scripts/embed.mjs from the built dashboard.
#include <string_view>

#include "cli/dashboard_pages.h"

namespace evener {
namespace {

${arrays.join("\n")}
template <std::size_t size>
std::string_view bytes_of(const unsigned char (&bytes)[size]) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

PageFiles dashboard_pages() {
  static const PageFile files[] = {
${rows.join("\n")}
  };
  return files;
}

}  // namespace evener
`,
);
