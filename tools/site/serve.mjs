// A small static server for the built site: nothing but Node. Files of one folder, read only, to this machine only.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { constants, createBrotliCompress, createGzip } from "node:zlib";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".md": "text/markdown; charset=utf-8",
  ".png": "image/png",
  ".safetensors": "application/octet-stream",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".wgsl": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
};
const COMPRESSED = new Set([".css", ".html", ".js", ".json", ".md", ".svg", ".txt", ".wgsl"]);

/** As static hosts send text: the smaller one first. */
const ENCODERS = {
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: () => createGzip(),
};

/** The file that an address asks for, or undefined where it would leave the folder or cannot be read. */
async function findFile(root, pathname) {
  let path;
  try {
    path = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (path.includes("\0")) return undefined;
  const file = resolve(root, `.${path}`);
  if (file !== root && !file.startsWith(root + sep)) return undefined;
  try {
    const found = await stat(file);
    if (found.isFile()) return { file, size: found.size };
    const index = join(file, "index.html");
    const page = await stat(index);
    // Relative links need the slash.
    return path.endsWith("/") ? { file: index, size: page.size } : { redirect: `${pathname}/` };
  } catch {
    return undefined;
  }
}

function send(request, response, status, { file, size }) {
  const extension = extname(file);
  const isHashed = file.includes(`${sep}assets${sep}`);
  const headers = {
    "content-type": TYPES[extension] ?? "application/octet-stream",
    "cache-control": isHashed ? "public, max-age=31536000, immutable" : "no-cache",
    "x-content-type-options": "nosniff",
  };
  const accepted = String(request.headers["accept-encoding"] ?? "").split(/[\s,;]+/);
  const encoding = COMPRESSED.has(extension)
    ? Object.keys(ENCODERS).find((name) => accepted.includes(name))
    : undefined;
  response.writeHead(status, {
    ...headers,
    vary: "accept-encoding",
    ...(encoding ? { "content-encoding": encoding } : { "content-length": size }),
  });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const stream = createReadStream(file);
  stream.on("error", () => response.destroy());
  if (encoding) stream.pipe(ENCODERS[encoding]()).pipe(response);
  else stream.pipe(response);
}

async function answer(root, prefix, request, response) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
    return;
  }
  const { pathname, search } = new URL(request.url ?? "/", "http://localhost");
  const inside = pathname.startsWith(prefix) ? `/${pathname.slice(prefix.length)}` : undefined;
  const found = inside === undefined ? undefined : await findFile(root, inside);
  if (found?.redirect) {
    const location = prefix + found.redirect.replace(/^\/+/, "") + search;
    response.writeHead(301, { location }).end();
  } else if (found) {
    send(request, response, 200, found);
  } else {
    const missing = await findFile(root, "/404.html");
    if (missing) send(request, response, 404, missing);
    else response.writeHead(404, { "content-type": "text/plain" }).end("Not found\n");
  }
}

/**
 * Serves `dir` on 127.0.0.1. Port 0 takes any free one. `prefix` is the path of the site on its host: "/" or "/a/b/".
 * Resolves to `{ url, port, close }`; rejects where the port is taken.
 */
export function serve(dir, port = 0, prefix = "/") {
  const root = resolve(dir);
  const server = createServer((request, response) => {
    answer(root, prefix, request, response).catch(() => response.destroy());
  });
  return new Promise((settle, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const taken = server.address().port;
      const close = () =>
        new Promise((done) => {
          server.close(done);
          server.closeAllConnections();
        });
      settle({ url: `http://127.0.0.1:${taken}${prefix}`, port: taken, close });
    });
  });
}
