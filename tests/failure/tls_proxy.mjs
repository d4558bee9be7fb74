// Puts TLS in front of a server on this machine. Usage: node tls_proxy.mjs KEY CERTIFICATE PORT-OF-THE-SERVER
// Says "listening on https://localhost:PORT" and serves until it is ended.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { createServer } from "node:tls";

const [key, cert, port] = process.argv.slice(2);
const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (outer) => {
  const inner = connect(Number(port), "localhost");
  for (const [from, to] of [[outer, inner], [inner, outer]]) {
    from.on("error", () => to.destroy());
    from.pipe(to);
  }
});
server.on("tlsClientError", () => {}); // who was killed says no good-bye
server.listen(0, "localhost", () => console.log(`listening on https://localhost:${server.address().port}`));
