// What the tests' pool is about: a plan with something of everything, and texts that would do harm if
// they were taken for more than text.
const hostile = [
  `<img src=x onerror="document.title='owned'">`,
  `</script><script>document.title='owned'</script>`,
  `{@html "x"} \${1+1} {{7*7}}`,
  `safe\u202etxt.exe`,
  `zero\u200bwidth`,
];

export const hostileIds = hostile.map((_, index) => `hostile-${index}`);
export const longTitle = "A very long title that goes on and on ".repeat(13).trim();

export function plan() {
  const build = (name, needs, seconds, more = {}) => ({
    id: name.toLowerCase().replaceAll(" ", "-"),
    title: name,
    needs,
    run: `sleep ${seconds}; echo done`,
    estimate_ms: seconds * 1000,
    kind: "build",
    ...more,
  });
  return {
    pool: { name: "tour", goal: "Ship the first version of the catalogue" },
    phases: [{ id: "build", title: "Build" }, { id: "release", title: "Release", after: ["build"], approver: "role:lead" }],
    machines: [{ name: "walnut", cores: 8, memory_mb: 16384, models: ["devstral"] }],
    tasks: [
      build("Schema of the catalogue", [], 0.3, { phase: "build", description: "Tables, keys and indexes.\nTwo lines." }),
      build("Import of old data", ["schema-of-the-catalogue"], 0.4, { phase: "build", priority: "high" }),
      build("Search", ["schema-of-the-catalogue"], 0.5, { phase: "build", labels: ["frontend"] }),
      build("Reviews", [], 0.4, { phase: "build" }),
      build("Broken step", [], 0.1, { run: "echo it cannot be; exit 3", retries: 0, phase: "build" }),
      build("Long job", [], 600, { phase: "build", run: "sleep 600" }),
      build("Long job two", [], 600, { phase: "build", run: "sleep 600", paths: ["src/catalogue/**"] }),
      build("Needs a GPU", [], 5, { requires: ["gpu"], phase: "build" }),
      build("Announce it", [], 1, { phase: "release" }),
      build("Waits for Ada", ["long-job"], 5, { assignee: "ada", phase: "build", paths: ["src/catalogue/**"] }),
      { id: "checklist", title: "Look at it by hand", criteria: ["pages open", "texts are right"], assignee: "rod", needs: ["long-job-two"] },
      { id: "long-title", title: longTitle, needs: ["long-job"] },
      ...hostile.map((text, index) => ({ id: hostileIds[index], title: text, description: text, needs: ["long-job"] })),
    ],
  };
}
