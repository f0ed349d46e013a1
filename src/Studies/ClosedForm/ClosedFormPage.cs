using System.Globalization;
using System.Text;

namespace RlCore.Studies.ClosedForm;

/// <summary>docs/closed-form.md.</summary>
internal static class ClosedFormPage
{
    /// <summary>The page.</summary>
    /// <param name="report">What was measured.</param>
    public static string Text(ClosedFormReport report) => $$"""
        # Trainers against the optimum, in closed form

        What KL-regularised reinforcement learning should converge to is known:

        $$J(\pi) = \mathbb{E}_{x,\,y\sim\pi}[r(x,y)] - \beta\,\mathrm{KL}(\pi\,\|\,\pi_\mathrm{ref}),\qquad
        \pi^*(y|x) = \pi_\mathrm{ref}(y|x)\,e^{r(x,y)/\beta}/Z(x),\qquad J(\pi^*) = \beta\,\mathbb{E}_x[\log Z(x)]$$

        and any other policy falls short of it by exactly $\beta\,\mathrm{KL}(\pi\|\pi^*)$. On a language that can be enumerated (two
        letters and an end, two prompts, at most {{ToyLanguage.MaxCompletionTokens}} tokens:
        {{ToyLanguage.Completions(0).Count}} completions of each prompt), with a table of logits for a policy, nothing of
        this needs sampling or trust. The trainers below are the ones that train language models, unchanged; β is
        {{ClosedFormStudy.Beta.ToString(CultureInfo.InvariantCulture)}}. "Gap" is $J(\pi^*) - J(\pi_\mathrm{ref})$.

        ```
        rlcore closed-form
        rlcore closed-form --write docs
        ```

        The first prints the tables for this machine's engine (`--engine torch` for the other one), and fails if a trainer that must
        reach the optimum closes less than {{100 * ClosedFormReport.Required:F0}} % of the gap; the second writes this page. A test
        runs all of it.

        ## Trainers whose objective has the optimum of J

        {{Table(report.Trainers.Where(one => one.ReachesOptimum))}}
        ![Left of the gap over training](closed-form/reach.svg)

        With the KL in the reward, what a completion earns is $r - \beta\log(\pi/\pi_\mathrm{ref})$, which at $\pi^*$ is the same for every
        completion of a prompt: every advantage is zero there. So division by the standard deviation and means over sequences, which
        only weigh advantages, move the path and not the end, as long as the policy can express $\pi^*$.

        ## Trainers whose objective is another

        Here the KL is in the loss, token by token, and competes with the reward's part: whatever weighs one of them moves the end.

        {{Table(report.Trainers.Where(one => !one.ReachesOptimum), expects: true)}}
        "Expected" is not measured: AdamW's steps with the mean gradient of each objective, summed over all completions by code that
        shares nothing with the trainers. Where the objective has a point of rest, both must end there, whatever the path. k1 has none:
        the noise of its gradient, which alone keeps it from climbing on, is in the expected steps only to first order.

        ![Left of the gap over training](closed-form/biased.svg)

        ## TRPO's own steps

        The first table has TRPO as it trains language models: the direction is AdamW's. Here are the paper's steps, with nothing sampled:
        exact advantages of the reward less β·log(π/π_ref), natural gradients by conjugate gradients with Fisher products, and a
        line search on the exact
        $\mathbb{E}[\mathrm{KL}(\pi_\mathrm{old}\|\pi)] \le \delta$ over whole next-token distributions, in nats per token.
        The gap and the KL are means over the last {{TrustRegionStudy.LastSteps}} of the steps.

        {{TrustRegions(report)}}
        The constraint holds at every step. The surrogate is linear in π: it always promises an improvement of the order of √δ, so
        the steps do not shrink near π* but go around it, at a distance that δ sets. What is left of the gap falls with δ.

        ## Best-of-n

        Completions were drawn by the sampler of the trainers, and the best of each n was kept (the first of equals). The law:
        $P(y) = F(r \le r_y)^n - F(r < r_y)^n$, shared within ties by probability.

        {{BestOfN(report)}}
        ## Rejection sampling

        Four completions a prompt, the best kept, imitation of those, round after round: the exact expected reward rises with each.

        | round | {{string.Join(" | ", Enumerable.Range(0, report.Rejection.Count))}} |
        |---|{{string.Concat(report.Rejection.Select(_ => "---|"))}}
        | E[r] | {{string.Join(" | ", report.Rejection.Select(reward => reward.ToString("F4", CultureInfo.InvariantCulture)))}} |

        This page and its plots are written by `rlcore closed-form --write docs`; a test measures again and compares the numbers.

        """;

    private static string Table(IEnumerable<ClosedFormResult> results, bool expects = false)
    {
        var text = new StringBuilder(
            $"| trainer | gap closed, % | {(expects ? "expected, % | " : "")}KL(π‖π*), nats | |\n"
                + $"|---|---|{(expects ? "---|" : "")}---|---|\n");
        foreach (ClosedFormResult one in results)
        {
            string expected = expects ? string.Create(CultureInfo.InvariantCulture, $"{100 * one.Expected:F2} | ") : "";
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {one.Name} | {100 * one.GapClosed:F2} | {expected}{one.KlToOptimum:F5} | {one.Note} |\n");
        }

        return text.ToString();
    }

    private static string TrustRegions(ClosedFormReport report)
    {
        var text = new StringBuilder(
            "| δ | steps | of them shortened | largest KL(π_old‖π) | gap closed, % | KL(π‖π*), nats |\n|---|---|---|---|---|---|\n");
        foreach (TrustRegionResult one in report.TrustRegions)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {one.MaxKl} | {one.Steps} | {one.Shortened} | {one.LargestKl:G4} | {100 * one.GapClosed:F2} | "
                    + $"{one.KlToOptimum:F5} |\n");
        }

        return text.ToString();
    }

    private static string BestOfN(ClosedFormReport report)
    {
        var text = new StringBuilder(
            "| n | times a prompt | mean reward | by the law | worst frequency, standard errors off | KL to the reference | bound log n − "
                + "(n − 1)/n |\n|---|---|---|---|---|---|---|\n");
        foreach (BestOfNResult one in report.BestOfN)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {one.Samples} | {one.Trials} | {one.Reward:F4} | {one.ExactReward:F4} | {one.WorstZ:F1} | {one.Kl:F4} | "
                    + $"{one.KlBound:F4} |\n");
        }

        return text.ToString();
    }
}
