using RlCore.Algebra;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Recipes;

/// <summary>What stages that learn from judgements refuse, and what they say.</summary>
public class PreferenceRulesLaws
{
    [Theory]
    [InlineData(
        "\"loss\": \"ipo\", \"labelSmoothing\": 0.1",
        "stages[0].labelSmoothing: found 0.1, which the loss ipo ignores; expected no such setting, or the loss sigmoid, "
            + "robust, exo, aot, aotUnpaired, simPo or cpo.")]
    [InlineData(
        "\"loss\": \"sigmoid\", \"targetMargin\": 1",
        "stages[0].targetMargin: found 1, which the loss sigmoid ignores; expected no such setting, or the loss simPo.")]
    [InlineData(
        "\"rewardAlpha\": 1",
        "stages[0].rewardAlpha: found 1, which the loss sigmoid ignores; expected no such setting, or the loss simPo.")]
    [InlineData(
        "\"discoPopTemperature\": 1",
        "stages[0].discoPopTemperature: found 1, which the loss sigmoid ignores; expected no such setting, or the loss discoPop.")]
    [InlineData("\"loss\": \"exo\", \"labelSmoothing\": 0", "stages[0].labelSmoothing: found 0; expected a number above 0 and below 0.5")]
    [InlineData(
        "\"loss\": \"ipoNormalized\"",
        "stages[0].loss: found \"ipoNormalized\"; expected \"ipo\", with \"normalized\": true beside it")]
    [InlineData(
        "\"loss\": \"cpo\"",
        "stages[0].sftWeight: found 0, with the loss cpo; "
            + "expected a number above 0 (1 in the paper), as that term is part of the loss.")]
    [InlineData("\"loss\": \"orpo\"", "stages[0].sftWeight: found 0, with the loss orpo; expected a number above 0")]
    [InlineData(
        "\"loss\": \"nca\", \"referenceFree\": true",
        "stages[0].referenceFree: found true, which the loss nca ignores; expected false, or one of the losses sigmoid, "
            + "robust, ipo, hinge, exo, discoPop.")]
    [InlineData("\"loss\": \"aot\", \"referenceFree\": true", "stages[0].referenceFree: found true, which the loss aot ignores")]
    [InlineData("\"loss\": \"simPo\", \"referenceFree\": true", "stages[0].referenceFree: found true, which the loss simPo ignores")]
    [InlineData(
        "\"loss\": \"simPo\", \"divergence\": \"forwardKl\"",
        "stages[0].divergence: found forwardKl, which the loss simPo ignores; expected reverseKl, or one of the losses "
            + "sigmoid, robust,")]
    [InlineData("\"loss\": \"aot\", \"divergence\": \"alpha\"", "stages[0].divergence: found alpha, which the loss aot ignores")]
    [InlineData(
        "\"referenceFree\": true, \"divergence\": \"forwardKl\"",
        "stages[0].divergence: found forwardKl, with referenceFree; expected reverseKl, or referenceFree false")]
    [InlineData(
        "\"divergenceOrder\": 0.3",
        "stages[0].divergenceOrder: found 0.3, which the divergence reverseKl ignores; expected no such setting, or the "
            + "divergence alpha.")]
    [InlineData(
        "\"divergence\": \"forwardKL\"",
        "expected one of \"reverseKl\", \"forwardKl\", \"jensenShannon\", \"alpha\"; \"forwardKl\", perhaps.")]
    [InlineData("\"loss\": \"sigmoide\"", "expected one of \"sigmoid\",")]
    [InlineData("\"beta\": 0", "stages[0].beta: found 0; expected a number above 0.")]
    [InlineData("\"columns\": { \"answer\": \"x\" }", "columns.answer: found \"x\", which preferences data does not have")]
    public void A_preference_stage_refuses_what_its_loss_does_not_read(string settings, string expected) =>
        AssertRefused("dpo", settings, expected);

    [Theory]
    [InlineData(
        "\"labelSmoothing\": 0.1",
        "stages[0].labelSmoothing: found 0.1, which the loss kto ignores; expected no such setting, or the loss aot.")]
    [InlineData(
        "\"loss\": \"aot\", \"desirableWeight\": 2",
        "stages[0].desirableWeight: found 2, which the loss aot ignores; expected no such setting, or the loss kto, apoZero or bco.")]
    [InlineData("\"desirableWeight\": 0, \"undesirableWeight\": 0", "found 0, 0; expected at least one above 0")]
    [InlineData("\"loss\": \"aot\", \"batchSize\": 3", "stages[0].batchSize: found 3, with the loss aot; expected an even number")]
    [InlineData("\"undesirableWeight\": -1", "stages[0].undesirableWeight: found -1; expected a number of at least 0.")]
    [InlineData("\"columns\": { \"chosen\": \"x\" }", "columns.chosen: found \"x\", which unpaired data does not have")]
    [InlineData("\"optimizer\": { \"warmupSteps\": 2 }", "found 2; expected at most the 1 optimizer steps of the stage.")]
    public void A_stage_on_labels_refuses_what_its_loss_does_not_read(string settings, string expected) =>
        AssertRefused("kto", settings, expected);

    [Theory]
    [InlineData(
        "\"loss\": \"plackettLuce\", \"centring\": 0.1",
        "stages[0].centring: found 0.1, which the loss plackettLuce ignores; expected no such setting, or the loss bradleyTerry.")]
    [InlineData(
        "\"evaluationEvery\": 3",
        "stages[0].evaluationEvery: found 3, without evaluationData; expected 0, or held-out data in evaluationData.")]
    [InlineData("\"centring\": -1", "stages[0].centring: found -1; expected a number of at least 0.")]
    [InlineData(
        "\"loss\": \"plackettLuce\", \"columns\": { \"chosen\": \"x\" }",
        "columns.chosen: found \"x\", which rankings data does not have")]
    [InlineData("\"optimizer\": { \"warmupSteps\": 2 }", "found 2; expected at most the 1 optimizer steps of the stage.")]
    public void A_reward_stage_refuses_what_it_does_not_read(string settings, string expected) =>
        AssertRefused("reward", settings, expected);

    [Fact]
    public void Every_loss_is_accepted_with_what_it_needs()
    {
        foreach (Type loss in typeof(PreferenceLoss).GetNestedTypes())
        {
            string key = char.ToLowerInvariant(loss.Name[0]) + loss.Name[1..];
            Assert.IsType(loss, Assert.IsType<PreferenceSettings>(Parse("dpo", $"\"loss\": \"{key}\", \"sftWeight\": 1").Stages[0]).Loss);
        }
    }

    [Fact]
    public void AOT_asks_for_completions_of_both_kinds()
    {
        using var folder = new TemporaryFolder();
        string data = folder.Write("labels.csv", "prompt,completion,label\na,b,good\nb,a,1\n");
        Recipe recipe = Parse("kto", "\"loss\": \"aot\"");
        recipe = recipe with { Stages = [recipe.Stages[0] with { Data = data }] };
        string error = Assert.Throws<InputException>(() => RunInputs.Read(recipe)).Message;
        Assert.Contains(
            ", label: found only good completions; expected some of each, as the loss aot compares good with bad completions.",
            error,
            StringComparison.Ordinal);
    }

    private static Recipe Parse(string type, string settings) =>
        RecipeReader.Parse(
            $$"""
            { "characters": "ab", "stages": [ { "type": "{{type}}", "data": "p.csv", "steps": 1, {{settings}} } ] }
            """,
            "recipe.json",
            []);

    private static void AssertRefused(string type, string settings, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => Parse(type, settings)).Message, StringComparison.Ordinal);
}
