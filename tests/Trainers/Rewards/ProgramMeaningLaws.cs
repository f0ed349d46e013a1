using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>No right answer is refused for where or how it declares its functions, or for what they return: the table of honest
/// completions.</summary>
[Collection(ProgramTable.Collection)]
public class ProgramMeaningLaws
{
    [Fact]
    public void Right_programs_score_1()
    {
        ProgramCase[] cases = ProgramTable.Honest;
        Assert.True(cases.Length >= 60 && cases.All(one => one.Kind == "right"), "The table is not whole.");
        var reward = new ProgramTests(new RewardSettings.Program { TimeLimit = 60 }, new RewardContext());
        ProgramScore[] scores = reward.Run([.. cases.Select(one => (one.Completion, one.Tests))], CancellationToken.None);
        Assert.Empty(cases.Zip(scores).Where(pair => pair.Second.Score != 1)
            .Select(pair => $"{pair.First.Name}: {pair.Second.Score} ({pair.Second.Cause})"));
    }
}
