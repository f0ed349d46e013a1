using RlCore.Algebra;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>
/// Losses as laws try them, by name: every case of each union, where it matters with constants that are not its defaults.
/// </summary>
internal static class LossCases
{
    public static IReadOnlyDictionary<string, PreferenceLoss> Preference { get; } = Complete<PreferenceLoss>(
    [
        new PreferenceLoss.Sigmoid(0.3, 0.1),
        new PreferenceLoss.Sigmoid(0.3, 0.1, Normalized: true),
        new PreferenceLoss.Robust(0.3, 0.1),
        new PreferenceLoss.Ipo(0.3),
        new PreferenceLoss.Ipo(0.3, Normalized: true),
        new PreferenceLoss.Hinge(0.3),
        new PreferenceLoss.Exo(0.3),
        new PreferenceLoss.Nca(0.3),
        new PreferenceLoss.Bco(0.3),
        new PreferenceLoss.SppoHard(0.3),
        new PreferenceLoss.Aot(0.3, 0.1),
        new PreferenceLoss.AotUnpaired(0.3, 0.1),
        new PreferenceLoss.ApoZero(0.3),
        new PreferenceLoss.ApoDown(0.3),
        new PreferenceLoss.DiscoPop(0.3),
        new PreferenceLoss.SimPo(2, 0.5, 0.1),
        new PreferenceLoss.Cpo(0.3, 0.1),
        new PreferenceLoss.Orpo(0.3),
    ]).ToDictionary(Name);

    public static IReadOnlyDictionary<string, UnpairedLoss> Unpaired { get; } = new UnpairedLoss[]
    {
        new UnpairedLoss.Kto(0.3), new UnpairedLoss.ApoZero(0.3), new UnpairedLoss.Bco(0.3), new UnpairedLoss.Aot(0.3, 0.1),
    }.ToDictionary(loss => loss.GetType().Name);

    public static IReadOnlyDictionary<string, RankingLoss> Ranking { get; } =
        new RankingLoss[] { new RankingLoss.BradleyTerry(), new RankingLoss.PlackettLuce() }.ToDictionary(loss => loss.GetType().Name);

    public static IReadOnlyDictionary<string, FDivergence> Divergences { get; } = new FDivergence[]
    {
        new FDivergence.ReverseKl(), new FDivergence.ForwardKl(), new FDivergence.JensenShannon(), new FDivergence.Alpha(0.4),
    }.ToDictionary(divergence => divergence.GetType().Name);

    // With the cases that are not among them, at their defaults: a new one needs no line here.
    private static IEnumerable<TUnion> Complete<TUnion>(IReadOnlyList<TUnion> cases)
        where TUnion : notnull =>
        cases.Concat(InlineUnion.DefaultsOf<TUnion>().Where(other => cases.All(one => one.GetType() != other.GetType())));

    private static string Name(PreferenceLoss loss) =>
        loss is PreferenceLoss.Sigmoid { Normalized: true } or PreferenceLoss.Ipo { Normalized: true }
        ? $"{loss.GetType().Name}Normalized"
        : loss.GetType().Name;
}

/// <summary>No case of a union is left out of the laws above.</summary>
public sealed class LossCaseLaws
{
    [Fact]
    public void Every_case_is_tried()
    {
        AssertAll(LossCases.Unpaired.Values);
        AssertAll(LossCases.Ranking.Values);
        AssertAll(LossCases.Divergences.Values);
    }

    private static void AssertAll<TUnion>(IEnumerable<TUnion> tried) => Assert.Equal(
        typeof(TUnion).GetNestedTypes().Select(type => type.Name).Order(),
        tried.Select(loss => loss!.GetType().Name).Distinct().Order());
}
