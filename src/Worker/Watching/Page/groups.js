// Metrics are grouped as their names are. Names that no rule knows are grouped by what stands before their first slash.

const rules = [
  ["Reward", /^(reward|reward_std|frac_reward_zero_std|reward\/.*|(min|mean|max)_reward|objective\/.*|selection\/.*|judges\/.*)$/],
  ["Rewards by part", /^rewards\/.+\/.+$/],
  ["Preference", /^(rewards\/[^/]+|logps\/.*|pairs\/.*|delta|accuracy|margin)$/],
  ["Steps", /^steps\//],
  ["Attempts", /^attempts\//],
  ["Search", /^search\//],
  ["Rollouts", /^rollouts\//],
  ["Held-out", /^eval_/],
  ["KL", /^(kl|kl_coefficient|approx_kl|trust_region\/.*)$/],
  ["Entropy", /^entropy$/],
  ["Ratio and clipping", /^(clip_ratio\/.*|val\/ratio|epochs_done|sampling\/.*|on_policy)$/],
  ["Completions", /^completions\//],
  ["Loss", /^(loss|loss\/.*)$/],
  ["Value model", /^value\//],
  ["Optimizer", /^(grad_norm|learning_rate)$/],
  ["Speed", /^(num_tokens|step_time|tokens_per_second)$/],
];

export function group(names) {
  const groups = new Map(rules.map(([title]) => [title, []]));
  for (const name of names) {
    const rule = rules.find(([, pattern]) => pattern.test(name));
    const title = rule ? rule[0] : name.includes("/") ? name.slice(0, name.indexOf("/")) : "Other";
    groups.set(title, [...(groups.get(title) ?? []), name]);
  }
  return [...groups].filter(([, members]) => members.length > 0);
}

// What a metric means: by its name, or by the pattern of the rewards' names.
export function describe(metrics, name) {
  const pattern = name.replace(/^rewards\/[^/]+\//, "rewards/NAME/");
  return metrics.find(metric => metric.name === name) ?? metrics.find(metric => metric.name === pattern) ?? { name, meaning: "", unit: "" };
}

// Groups side by side where they fit: what is left of a row goes to the first of the groups that follow with room in it.
export function pack(groups, columns) {
  const rest = groups.map(known => ({ ...known, span: Math.min(known.cards.length, columns) }));
  const placed = [];
  let left = columns;
  while (rest.length > 0) {
    const next = Math.max(0, rest.findIndex(known => known.span <= left));
    const [taken] = rest.splice(next, 1);
    left = (taken.span <= left ? left : columns) - taken.span;
    if (left === 0) left = columns;
    placed.push(taken);
  }
  return placed;
}
