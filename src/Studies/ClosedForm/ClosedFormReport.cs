using System.Globalization;
using System.Text;
using RlCore.Engines;

namespace RlCore.Studies.ClosedForm;

/// <summary>All trainers on the toy language, compared with the optimum.</summary>
/// <param name="Engine">The engine, in words.</param>
/// <param name="Trainers">What each trainer reached.</param>
/// <param name="BestOfN">Best-of-n beside its law.</param>
/// <param name="Rejection">The exact expected reward before the first round of rejection sampling and after each.</param>
/// <param name="TrustRegions">Where TRPO's own steps end, for trust regions of several sizes.</param>
public sealed record ClosedFormReport(
    string Engine,
    IReadOnlyList<ClosedFormResult> Trainers,
    IReadOnlyList<BestOfNResult> BestOfN,
    IReadOnlyList<double> Rejection,
    IReadOnlyList<TrustRegionResult> TrustRegions)
{
    /// <summary>The fraction of the gap that a trainer whose objective has the optimum of J must close.</summary>
    public const double Required = 0.98;

    /// <summary>Largest deviation of best-of-n from its law, in standard errors.</summary>
    public const double LargestZ = 4.5;

    private const int LowestDecade = -5;

    /// <summary>Whether every trainer that must reach the optimum does, and best-of-n follows its law.</summary>
    public bool Succeeded =>
        Trainers.All(one => !one.ReachesOptimum || one.GapClosed >= Required) && BestOfN.All(one => one.WorstZ <= LargestZ)
            && RejectionRises && TrustRegions.All(one => one.Holds);

    private bool RejectionRises => Rejection.Zip(Rejection.Skip(1)).All(round => round.Second > round.First);

    /// <summary>Writes the page and its plots.</summary>
    /// <param name="folder">The folder, which may not exist yet.</param>
    public void Write(string folder)
    {
        string plots = Path.Combine(folder, "closed-form");
        Directory.CreateDirectory(plots);
        File.WriteAllText(Path.Combine(folder, "closed-form.md"), ClosedFormPage.Text(this));
        File.WriteAllText(
            Path.Combine(plots, "reach.svg"), Plot("Left of the gap: trainers whose objective has the optimum of J", reaches: true));
        File.WriteAllText(Path.Combine(plots, "biased.svg"), Plot("Left of the gap: trainers whose objective is another", reaches: false));
    }

    /// <summary>The summary after the trainers' lines on a console; its last line gives the counts.</summary>
    public string Summary => Summarize();

    private string Summarize()
    {
        var text = new StringBuilder();
        foreach (BestOfNResult one in BestOfN)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"best of {one.Samples}: {one.Trials} times a prompt, reward {one.Reward:F4}, by its law {one.ExactReward:F4}; worst "
                    + $"frequency {one.WorstZ:F1} standard errors off");
        }

        foreach (TrustRegionResult one in TrustRegions)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"TRPO by natural gradients, δ {one.MaxKl}: {one.Steps} steps of at most {one.LargestKl:G4} nats per token, "
                    + $"{100 * one.GapClosed:F2} % of the gap");
        }

        string rejection = string.Join(", ", Rejection.Select(reward => reward.ToString("F3", CultureInfo.InvariantCulture)));
        text.AppendLine(CultureInfo.InvariantCulture, $"rejection sampling, expected reward after each round: {rejection}");
        int failed = Trainers.Count(one => one.ReachesOptimum && one.GapClosed < Required)
            + BestOfN.Count(one => one.WorstZ > LargestZ)
            + TrustRegions.Count(one => !one.Holds)
            + (RejectionRises ? 0 : 1);
        int passed = Trainers.Count(one => one.ReachesOptimum) + BestOfN.Count + TrustRegions.Count + 1 - failed;
        return text.Append(CultureInfo.InvariantCulture, $"{passed} passed, {failed} failed").ToString();
    }

    /// <summary>A trainer's line for a console.</summary>
    /// <param name="one">Its result.</param>
    public static string Line(ClosedFormResult one) => string.Create(
        CultureInfo.InvariantCulture,
        $"{one.Name,-34} {100 * one.GapClosed,7:F2} % of the gap, KL to the optimum {one.KlToOptimum:F5}   "
            + $"{(one.ReachesOptimum ? one.GapClosed >= Required ? "reaches it" : "FALLS SHORT" : "biased")}");

    private string Plot(string title, bool reaches) => LinePlot.Draw(
        title,
        "training, from start to end",
        LowestDecade,
        [.. Trainers
            .Where(one => one.ReachesOptimum == reaches)
            .Select(one => new PlotLine(one.Name, [.. one.Curve.Select(closed => 1 - closed)]))]);
}

/// <summary>The whole study, independent of the engine.</summary>
/// <param name="Finished">Called with each trainer's result.</param>
/// <param name="Stop">Stops between trainers.</param>
public sealed record ClosedFormWork(Action<ClosedFormResult> Finished, CancellationToken Stop) : IEngineWork<ClosedFormReport>
{
    private const int Trials = 20_000;

    /// <inheritdoc/>
    public ClosedFormReport Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T>
    {
        var results = new List<ClosedFormResult>();
        foreach (ClosedFormCase one in ClosedFormCase.All)
        {
            Stop.ThrowIfCancellationRequested();
            results.Add(ClosedFormStudy.Run(engine, one));
            Finished(results[^1]);
        }

        int[] samples = [2, 4, 16];
        return new ClosedFormReport(
            engine.Description,
            results,
            [.. samples.Select(n => BestOfNStudy.Run(engine, n, Trials / n))],
            RejectionStudy.Run(engine),
            [.. TrustRegionStudy.Regions.Select(maxKl => TrustRegionStudy.Run(engine, maxKl))]);
    }
}
