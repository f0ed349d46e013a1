using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Studies.ClosedForm;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Tests.ClosedForm;

public sealed class ManagedClosedFormLaws : ClosedFormLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

/// <summary>The language itself.</summary>
public sealed class ToyLanguageLaws
{
    [Fact]
    public void Rows_of_a_prefix_table_are_each_taken_once()
    {
        const int vocabulary = 3, context = 4;
        var rows = new List<int>();
        Visit([]);
        Assert.Equal(Enumerable.Range(0, PrefixTable.Count(vocabulary, context)), rows.Order());

        void Visit(int[] prefix)
        {
            if (prefix.Length > 0)
            {
                rows.Add(PrefixTable.RowOf(prefix, vocabulary));
            }

            for (int token = 0; token < vocabulary && prefix.Length < context - 1; token++)
            {
                Visit([.. prefix, token]);
            }
        }
    }

    [Fact]
    public void The_optimum_is_above_the_reference_by_the_gap_that_the_page_is_about()
    {
        using var engine = new ManagedEngine();
        using var policy = ToyLanguage.Reference(engine);
        float[] reference = policy.Parameters.Read(engine)[TabularPolicy<ManagedTensor>.TableName];
        double gap = ClosedFormStudy.Optimum(reference) - ClosedFormStudy.Objective(reference, reference);
        Assert.True(gap > 0.1, $"The gap is {gap}.");
        double kl = 0;
        for (int prompt = 0; prompt < 2; prompt++)
        {
            double[] logProbs = ToyLanguage.LogProbs(reference, prompt);
            double[] best = RegularizedOptimum.LogPolicy(logProbs, ToyLanguage.Rewards(prompt), ClosedFormStudy.Beta);
            kl += logProbs.Zip(best).Sum(pair => Math.Exp(pair.First) * (pair.First - pair.Second)) / 2;
        }

        Assert.Equal(kl, ClosedFormStudy.KlToOptimum(reference, reference), 1e-9);
        Assert.Equal(gap, ClosedFormStudy.Beta * kl, 1e-9);
    }
}
