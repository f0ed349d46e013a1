using RlCore.Algebra;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Recipes;

/// <summary>A recipe that names a convention has its constants wherever the recipe is silent, and says which.</summary>
public sealed class ConventionLaws
{
    private static Recipe Read(string convention, string stage) => RecipeReader.Parse(
        $$"""{ "characters": "ab", {{convention}} "stages": [ { "data": "d.csv", "steps": 1, {{stage}} } ] }""", "recipe.json", []);

    private static OnPolicyAlgorithm Algorithm(string convention, string settings) =>
        ((OnPolicySettings)Read(
            $"\"convention\": \"{convention}\",",
            $"\"type\": \"grpo\", \"algorithm\": {{ {settings} }}").Stages[0]).Algorithm;

    [Theory]
    [InlineData("paper", 0, true, 0, 5)]
    [InlineData("trl", 1e-4, true, 0, 5)]
    [InlineData("verl", 1e-6, false, 1e-8, 1.2)]
    [InlineData("openrlhf", 1e-9, false, 1e-8, 5)]
    public void Its_constants_are_the_defaults(string convention, double epsilon, bool countEmpty, double countEpsilon, double cap)
    {
        OnPolicyAlgorithm algorithm = Algorithm(convention, "\"surrogate\": \"cispo\"");
        Assert.Equal(new AdvantageEstimate.GroupRelative(AdvantageScale.Group, epsilon), algorithm.Advantage);
        Assert.Equal(new Aggregation.SequenceMean(countEmpty, countEpsilon), algorithm.Aggregation);
        Assert.Equal(new Surrogate.Cispo(cap), algorithm.Surrogate);
    }

    [Fact]
    public void The_clamps_of_k3_are_those_of_the_convention_and_k1_has_none()
    {
        Assert.Equal(new KlPenalty.Loss(0.1, KlEstimator.K3, 20, 10), Algorithm("verl", "\"klCoefficient\": 0.1").KlPlacement);
        Assert.Equal(new KlPenalty.Loss(0.1, KlEstimator.K3, null, 10), Algorithm("openrlhf", "\"klCoefficient\": 0.1").KlPlacement);
        Assert.Equal(new KlPenalty.Reward(0.1), Algorithm("verl", "\"klPlacement\": \"reward\", \"klCoefficient\": 0.1").KlPlacement);
    }

    [Fact]
    public void What_the_recipe_says_goes_before_it()
    {
        OnPolicyAlgorithm algorithm = Algorithm("verl", "\"advantageEpsilon\": 0.5, \"surrogate\": \"cispo\", \"weightCap\": 3");
        Assert.Equal(new AdvantageEstimate.GroupRelative(AdvantageScale.Group, 0.5), algorithm.Advantage);
        Assert.Equal(new Surrogate.Cispo(3), algorithm.Surrogate);
    }

    [Theory]
    [InlineData("trl", true)]
    [InlineData("verl", false)]
    public void Ipo_is_on_mean_log_probs_where_the_convention_has_it_so(string convention, bool normalized)
    {
        var stage = (PreferenceSettings)Read($"\"convention\": \"{convention}\",", "\"type\": \"dpo\", \"loss\": \"ipo\"").Stages[0];
        Assert.Equal(new PreferenceLoss.Ipo(0.1, normalized), stage.Loss);
    }

    [Fact]
    public void A_recipe_without_one_has_the_documented_defaults()
    {
        var stage = (OnPolicySettings)Read("", "\"type\": \"grpo\"").Stages[0];
        Assert.Equal(Algorithms.Grpo(), stage.Algorithm);
        Assert.Empty(ConventionDefaults.Describe(Read("", "\"type\": \"grpo\"")));
    }

    [Fact]
    public void What_is_printed_reads_back_and_says_what_was_set()
    {
        Recipe recipe = Read("\"convention\": \"verl\",", "\"type\": \"grpo\", \"algorithm\": { \"advantageEpsilon\": 0.5 }");
        Assert.Equal(recipe, RecipeReader.Parse(RecipeWriter.Print(recipe), "printed", []));
        Assert.Equal(
            [
                "convention verl, stage grpo: klLogRatioClamp 20 (else none), klValueClamp 10 (else none), "
                    + "countEmpty false (else true), countEpsilon 1E-08 (else 0)",
                "convention verl: not followed: the bound of 20 on the log-ratio of the policy loss, its constants of whitening",
            ],
            ConventionDefaults.Describe(recipe));
    }

    [Fact]
    public void An_unknown_one_is_refused_with_those_that_there_are() => Assert.Equal(
        "recipe.json, convention: found \"deepspeed\"; expected \"paper\", \"trl\", \"verl\" or \"openrlhf\".",
        Assert.Throws<InputException>(() => Read("\"convention\": \"deepspeed\",", "\"type\": \"grpo\"")).Message);
}
