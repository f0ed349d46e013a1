using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tests.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Rollouts;

/// <summary>The labels of steps are the shares of continuations that succeed, whatever else is labelled.</summary>
public sealed class StepLabellerLaws : IDisposable
{
    private const int Continuations = 5;
    private const int MaxTokens = 9;

    private static readonly ITokenizer Tokenizer = new CharacterTokenizer("01;");
    private static readonly Question[] Questions = [.. new[] { "0", "1", "01" }.Select((prompt, i) => new Question(prompt, "", "", i + 2))];

    private readonly ManagedEngine _engine = new();
    private readonly Decoder<ManagedTensor> _model;

    public StepLabellerLaws() => _model = Decoder<ManagedTensor>.Create(
        _engine, ModelShapes.Of("gpt2") with { InitStd = 0.1 }, Tokenizer.VocabularySize, 4);

    [Fact]
    public void A_label_is_the_share_of_continuations_from_the_step_that_succeed()
    {
        var seen = new HashSet<double>();
        for (int place = 0; place < Questions.Length; place++)
        {
            IReadOnlyList<StepLabels> labelled = Labeller().Label(Questions[place], place, CancellationToken.None);
            IReadOnlyList<SampledCompletion> drawn = Draw(Tokenizer.EncodePrompt(Questions[place].Prompt), 4, MaxTokens, 0, place * 4);
            Assert.Equal(4, labelled.Count);
            for (int i = 0; i < labelled.Count; i++)
            {
                string text = CompletionText.Of(drawn[i], Tokenizer);
                Assert.Equal(text, labelled[i].Completion);
                if (text.Length == 0)
                {
                    Assert.Empty(labelled[i].Labels);
                    continue;
                }

                int[] ends = new StepReader(new StepEnd.Separator(";")).Ends(Tokenizer, drawn[i].Sequence);
                Assert.Equal(ends.Length, labelled[i].Labels.Length);
                Assert.Equal(Succeeds(text) ? 1 : 0, labelled[i].Labels[^1]);
                for (int step = 0; step + 1 < ends.Length; step++)
                {
                    // Each step by itself, with what is left of the tokens.
                    int[] start = drawn[i].Sequence.Tokens[..(drawn[i].Sequence.PromptLength + ends[step])];
                    string before = Tokenizer.Decode(start.AsSpan(drawn[i].Sequence.PromptLength));
                    int right = Draw(start, Continuations, MaxTokens - ends[step], 1 + (place * 4) + i, step * Continuations)
                        .Count(one => Succeeds(before + CompletionText.Of(one, Tokenizer)));
                    Assert.Equal((double)right / Continuations, labelled[i].Labels[step], 1e-12);
                    seen.Add(labelled[i].Labels[step]);
                }
            }
        }

        Assert.True(seen.Count > 2, "Some labels are between 0 and 1.");
    }

    [Fact]
    public void A_hard_label_is_whether_any_continuation_succeeds()
    {
        IReadOnlyList<StepLabels> soft = Labeller().Label(Questions[0], 0, CancellationToken.None);
        IReadOnlyList<StepLabels> hard = Labeller(hard: true).Label(Questions[0], 0, CancellationToken.None);
        Assert.Equal(soft.Select(one => one.Completion), hard.Select(one => one.Completion));
        Assert.Equal(
            soft.SelectMany(one => one.Labels.Select(label => label > 0 ? 1.0 : 0.0)), hard.SelectMany(one => one.Labels));
    }

    [Fact]
    public void A_completion_that_reads_as_other_steps_is_left_out()
    {
        // What is drawn as two tokens is read as one: the text of a step's tokens does not say how many they were.
        ITokenizer merging = new MergingTokenizer();
        using var model = Decoder<ManagedTensor>.Create(
            _engine, ModelShapes.Of("gpt2") with { InitStd = 0.1 }, merging.VocabularySize, 4);
        var labeller = new StepLabeller<ManagedTensor>(
            _engine, model, merging, RewardSum.Of(SampleReward.Of("r", _ => 1)), new StepReader(new StepEnd.Tokens(2)), Settings(false));
        IReadOnlyList<StepLabels> labelled = labeller.Label(new Question("b", "", "", 2), 0, CancellationToken.None);
        Assert.Contains(labelled, one => one.Labels.Length == 0 && one.Completion.Length > 0);
        foreach (StepLabels one in labelled.Where(one => one.Completion.Length > 0))
        {
            int read = new StepReader(new StepEnd.Tokens(2)).Ends(
                merging, new TokenSequence([1, .. merging.Encode(one.Completion), 0], 1)).Length;
            Assert.True(one.Labels.Length == 0 || one.Labels.Length == read, "Labels are those of the steps that training finds.");
        }
    }

    [Fact]
    public void Labelling_stops_when_it_is_told_to()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => Labeller().Label(Questions[0], 0, stop.Token));
    }

    public void Dispose()
    {
        _model.Dispose();
        _engine.Dispose();
    }

    // An odd number of ones.
    private static bool Succeeds(string text) => text.Count(character => character == '1') % 2 == 1;

    private static StepLabelSettings Settings(bool hard) => new()
    {
        Samples = 4,
        Continuations = Continuations,
        MaxTokens = MaxTokens,
        PassAt = 0.5,
        Hard = hard,
        Seed = 3,
    };

    private StepLabeller<ManagedTensor> Labeller(bool hard = false) => new(
        _engine,
        _model,
        Tokenizer,
        RewardSum.Of(SampleReward.Of("odd", sample => Succeeds(sample.Completion) ? 0.5 : 0.25)),
        new StepReader(new StepEnd.Separator(";")),
        Settings(hard));

    private IReadOnlyList<SampledCompletion> Draw(int[] start, int samples, int tokens, int step, int firstRow) =>
        new CompletionSampler<ManagedTensor>(_engine, _model, Tokenizer.Ends).Draw(
            [start], samples, tokens, new SamplingOptions(), new SamplingAddress(3, RandomPurpose.StepLabels, (uint)step, (uint)firstRow));

    /// <summary>Reads "aa" as one token, which is drawn as two "a" as well.</summary>
    private sealed class MergingTokenizer : ITokenizer
    {
        private static readonly string[] Pieces = ["", "b", "a", "aa"];

        public int VocabularySize => Pieces.Length;

        public int EndOfSequence => 0;

        public bool TryEncode(string text, out int[] tokens, out int firstUnknown)
        {
            var list = new List<int>();
            for (int at = 0; at < text.Length; at += Pieces[list[^1]].Length)
            {
                list.Add(text[at] == 'b' ? 1 : text.AsSpan(at).StartsWith("aa") ? 3 : 2);
            }

            (tokens, firstUnknown) = ([.. list], -1);
            return true;
        }

        public string Decode(ReadOnlySpan<int> tokens) => string.Concat(tokens.ToArray().Select(token => Pieces[token]));

        public string Describe() => "tokenizer that merges";

        public string ToJson() => "{}";
    }
}
