// Where the page's data come from: the server that serves it, or the report that holds it.

async function get(path, query) {
  const answer = await fetch(`${path}?${new URLSearchParams(query)}`);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

export const server = {
  isLive: true,
  runs: () => get("api/runs"),
  metrics: () => get("api/metrics"),
  run: id => get("api/run", { run: id }),
  series: (id, metrics, more = {}) => get("api/series", [["run", id], ...metrics.map(name => ["metric", name]), ...Object.entries(more)]),
  samples: (id, step) => get("api/samples", step === null ? { run: id } : { run: id, step }),
  sample: (id, index) => get("api/sample", { run: id, index }),
  listen(ids, on) {
    const events = new EventSource(`events?${new URLSearchParams(ids.map(id => ["run", id]))}`);
    events.addEventListener("runs", event => on.runs(JSON.parse(event.data)));
    events.addEventListener("run", event => on.run(JSON.parse(event.data)));
    events.onopen = () => on.link(true);
    events.onerror = () => on.link(false);
    return () => events.close();
  },
};

export function report(data) {
  return {
    isLive: false,
    runs: async () => ({ title: data.title, runs: data.runs }),
    metrics: async () => data.metrics,
    run: async id => data.runs.find(run => run.id === id),
    series: async (id, metrics) => {
      const { series, ...rest } = data.series[id];
      return { ...rest, series: Object.fromEntries(metrics.filter(name => name in series).map(name => [name, series[name]])) };
    },
    samples: async (id, step) => {
      const { columns, rows } = data.samples[id];
      const steps = [...new Set(rows.map(row => Number(row.cells[0])))];
      const chosen = step === null ? steps.at(-1) : steps.filter(known => known <= step).at(-1) ?? steps[0];
      return { columns, steps, step: chosen ?? 0, rows: rows.filter(row => Number(row.cells[0]) === chosen) };
    },
    sample: async (id, index) => data.samples[id].rows.find(row => row.index === index),
    listen: () => () => {},
  };
}
