using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>The presets hold what their libraries do, each choice once.</summary>
public sealed class PresetLaws
{
    [Fact]
    public void The_presets_differ_in_these_choices_and_no_others() => Assert.Equal(
        """
        | | paper | TRL | verl | OpenRLHF |
        |---|---|---|---|---|
        | group std: ε | 0 | 0.0001 | 1E-06 | 1E-09 |
        | whitening: ddof | 1 | 1 | 1 | 0 |
        | whitening: ε of the count | 0 | 0 | 1E-08 | 0 |
        | whitening: ε of the variance | 1E-08 | 1E-08 | 1E-08 | 0 |
        | whitening: floor of the variance | 0 | 0 | 0 | 1E-08 |
        | GAE over holes | skipped | value 0 | skipped | value 0 |
        | k3: bound on the log-ratio | none | none | 20 | none |
        | k3: bound on the value | none | none | 10 | 10 |
        | policy loss: bound on the log-ratio | none | none | 20 | 20 |
        | sequence mean: empty sequences | count | count | left out | left out |
        | sequence mean: ε of the count | 0 | 0 | 1E-08 | 1E-08 |
        | IPO log-probs | sum | mean | sum | sum |
        | CISPO cap on the ratio | 5 | 5 | 1.2 | 5 |
        | overlong penalty past the maximum | constant | constant | grows | constant |

        """,
        Conventions.Table(Conventions.All));

    [Fact]
    public void Every_choice_has_a_row_of_its_own()
    {
        Conventions other =
            Conventions.Paper with { Name = "other", GroupAdvantage = Conventions.Paper.GroupAdvantage with { Ddof = 0 }, ValueFactor = 1 };
        Assert.Equal(
            """
            | | paper | other |
            |---|---|---|
            | group std: ddof | 1 | 0 |
            | value loss factor | 0.5 | 1 |

            """,
            Conventions.Table([Conventions.Paper, other]));
    }

    [Fact]
    public void A_number_is_written_with_four_digits() => Assert.Contains(
        "| value loss factor | 0.5 | 0.3333 |",
        Conventions.Table([Conventions.Paper, Conventions.Paper with { ValueFactor = 1 / 3.0 }]),
        StringComparison.Ordinal);

    [Fact]
    public void The_clamps_are_those_of_k3_alone()
    {
        Assert.Equal(new KlTerm(KlEstimator.K3, double.PositiveInfinity, 10), Conventions.OpenRlhf.Kl(KlEstimator.K3));
        foreach (KlEstimator estimator in new[] { KlEstimator.K1, KlEstimator.K2, KlEstimator.Abs })
        {
            Assert.Equal(new KlTerm(estimator), Conventions.Verl.Kl(estimator));
        }
    }

    [Fact]
    public void A_convention_gives_its_constants_to_the_cases_that_have_them_and_leaves_the_others()
    {
        foreach (Conventions convention in Conventions.All)
        {
            Assert.Equal(new Surrogate.Cispo(convention.CispoHigh), convention.Apply((Surrogate)new Surrogate.Cispo(77)));
            Assert.Equal(new Surrogate.Clip(0.3, 0.4), convention.Apply((Surrogate)new Surrogate.Clip(0.3, 0.4)));
            Assert.Equal(convention.SequenceMean, convention.Apply((Aggregation)new Aggregation.SequenceMean(CountEpsilon: 77)));
            Assert.Equal(new Aggregation.TokenMean(), convention.Apply((Aggregation)new Aggregation.TokenMean()));
            Assert.Equal(
                new PreferenceLoss.Ipo { Normalized = convention.IpoNormalized },
                convention.Apply((PreferenceLoss)new PreferenceLoss.Ipo { Normalized = !convention.IpoNormalized }));
            Assert.Equal(new PreferenceLoss.Hinge(), convention.Apply((PreferenceLoss)new PreferenceLoss.Hinge()));
        }

        Assert.Equal(new KlPenalty.Loss(0.3, KlEstimator.K3, 20, 10), Conventions.Verl.Apply((KlPenalty)new KlPenalty.Loss(0.3)));
        Assert.Equal(new KlPenalty.Reward(0.3, KlEstimator.K3, null, 10), Conventions.OpenRlhf.Apply(Reward(KlEstimator.K3)));
        Assert.Equal(Reward(KlEstimator.K1), Conventions.OpenRlhf.Apply(Reward(KlEstimator.K1)));
        Assert.Equal(new KlPenalty.Loss(0.3), Conventions.Paper.Apply((KlPenalty)new KlPenalty.Loss(0.3, KlEstimator.K3, 1, 2)));

        static KlPenalty Reward(KlEstimator estimator) => new KlPenalty.Reward(0.3, estimator);
    }
}
