using FsCheck;
using FsCheck.Fluent;

namespace RlCore.Engines.Tests;

/// <summary>Properties over random sizes: the sizes shrink, the values follow from a seed.</summary>
public static class Laws
{
    /// <summary>Holds for random sizes in 1 … largest.</summary>
    public static void Hold(int cases, int largest, Action<Random, int> law) =>
        Hold(cases, [largest], (random, sizes) => law(random, sizes[0]));

    /// <summary>Holds for random sizes, the i-th in 1 … largest[i].</summary>
    public static void Hold(int cases, int[] largest, Action<Random, int[]> law)
    {
        var sizes = Gen.CollectToArray(largest.Select(limit => Gen.Choose(1, limit)));
        var addresses = sizes.SelectMany(size => Gen.Choose(0, int.MaxValue).Select(seed => (Sizes: size, Seed: seed)));
        var arbitrary = Arb.From(addresses, Smaller);
        Prop.ForAll(arbitrary, address => law(new Random(address.Seed), address.Sizes))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.AtLeast(cases)));
    }

    private static IEnumerable<(int[] Sizes, int Seed)> Smaller((int[] Sizes, int Seed) address)
    {
        for (int i = 0; i < address.Sizes.Length; i++)
        {
            foreach (int size in new[] { 1, address.Sizes[i] / 2, address.Sizes[i] - 1 }.Where(size => size >= 1 && size < address.Sizes[i])
                .Distinct())
            {
                int[] sizes = [.. address.Sizes];
                sizes[i] = size;
                yield return (sizes, address.Seed);
            }
        }
    }
}
