using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>Thoughts are made longer and shorter, as far as the budget goes.</summary>
public class BudgetForcingLaws
{
    [Property]
    public void Thoughts_are_as_long_as_they_have_to_be_and_no_longer_than_they_may(byte natural, byte least, byte most, byte samples)
    {
        var diary = new Diary(1 + (natural % 12));
        int shortest = least % 20;
        int longest = Math.Max(shortest, 1) + (most % 20);
        int n = 1 + (samples % 3);
        var result = new BudgetForcing(shortest, longest, n, 99).Run(diary, "", n * 200L);
        Assert.True(result.IsFinal);
        Assert.InRange(diary.Length(result.Best), Math.Min(shortest, longest), longest);
        Assert.Equal(Math.Clamp(diary.Natural, Math.Min(shortest, longest), longest), diary.Length(result.Best));
    }

    [Property]
    public void A_thought_is_extended_no_more_often_than_it_may_be(byte natural, byte extensions)
    {
        var diary = new Diary(1 + (natural % 5));
        int most = extensions % 6;
        var result = new BudgetForcing(50, 55, 1, most).Run(diary, "", 1000);
        Assert.Equal(most, result.Best.Count(character => character == 'w'));
        Assert.Equal(most + 1, result.Nodes.Count(node => node.IsFinal));
    }

    [Fact]
    public void The_answer_of_the_longer_thought_stands_whatever_the_earlier_one_was_worth()
    {
        var diary = new Diary(3);
        var result = new BudgetForcing(6, 20, 1).Run(diary, "", 1000);
        Assert.Equal("tttwww.", result.Best);
        Assert.Equal("6", result.Answer);
        Assert.Equal("6", (new BudgetForcing(6, 20, 1) { Choose = AnswerRule.Majority }).Run(diary, "", 1000).Answer);
    }

    [Fact]
    public void A_budget_that_ends_in_an_extension_leaves_the_answer_that_was_given()
    {
        var diary = new Diary(3) { Room = 6 };
        Assert.Equal("tttww.", new BudgetForcing(50, 55, 1).Run(diary, "", 6).Best);
    }

    /// <summary>Words t that end by themselves after so many; w is the word that continues; the shorter, the better it scores.</summary>
    private sealed record Diary(int Natural) : IForcingProblem<string>
    {
        public int Room { get; init; } = 60;

        public int MostToDraw(string thought, SearchReach reach) =>
            reach == SearchReach.Step || thought.EndsWith(':') ? 1 : Room - thought.Length;

        public IReadOnlyList<IReadOnlyList<Continuation<string>>> Expand(IReadOnlyList<Expansion<string>> asked) =>
        [
            .. asked.Select(one => (IReadOnlyList<Continuation<string>>)
                [.. Enumerable.Range(0, one.Count).Select(_ => Continue(one.Thought, one.Reach))]),
        ];

        public int ToScore(string known, string thought) => 1;

        public IReadOnlyList<double> Score(IReadOnlyList<string> thoughts) => [.. thoughts.Select(thought => 1.0 / (1 + thought.Length))];

        public bool IsFinal(string thought) => thought.EndsWith('.');

        public string Answer(string thought) => $"{Length(thought)}";

        public int Length(string thought) => thought.Count(character => character is 't' or 'w');

        public string Reopen(string thought) => thought[..^1] + "w";

        public string Close(string thought) => thought + ":";

        private Continuation<string> Continue(string thought, SearchReach reach)
        {
            string text = thought;
            do
            {
                text += text.EndsWith(':') || Length(text) >= Natural ? "." : "t";
            }
            while (reach == SearchReach.End && !IsFinal(text));
            return new(text, 1, text.Length - thought.Length);
        }
    }
}
