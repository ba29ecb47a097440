// A pool's server by its unix socket, as those do who give many commands.
import { Agent, request } from "node:http";

export class Socket {
  constructor(path) {
    this.path = path;
    this.agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  }

  // The whole answer, as text, with what its head says.
  ask(method, target, body, headers = {}) {
    return new Promise((done, fail) => {
      const asked = request(
        { socketPath: this.path, agent: this.agent, method, path: `/v1/pools/default/${target}`, headers: { Host: "evener", "Content-Type": "application/json", ...headers } },
        (answer) => {
          const pieces = [];
          answer.on("data", (piece) => pieces.push(piece));
          answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(pieces).toString() }));
          answer.on("error", fail);
        },
      );
      asked.on("error", fail);
      asked.end(body);
    });
  }

  async give(commands) {
    const answer = await this.ask("POST", "commands", JSON.stringify({ commands }));
    if (answer.status !== 200) throw new Error(answer.text);
    return JSON.parse(answer.text).answers;
  }

  // Calls back for each event, with its kind and id, until what it answers is called.
  follow(target, heard) {
    const asked = request({ socketPath: this.path, path: `/v1/pools/default/${target}`, headers: { Host: "evener" } }, (answer) => {
      let rest = "";
      answer.on("error", () => undefined);
      answer.on("data", (piece) => {
        const events = (rest + piece).split("\n\n");
        rest = events.pop();
        for (const event of events) {
          const id = /^id: (.*)$/m.exec(event)?.[1];
          if (id !== undefined) heard(id);
        }
      });
    });
    asked.on("error", () => undefined);
    asked.end();
    return () => asked.destroy();
  }

  close() {
    this.agent.destroy();
  }
}
