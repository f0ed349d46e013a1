using System.Threading.Channels;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Serving;
using RlCore.Trainers.Tests.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Serving;

/// <summary>Completions for many callers at once are those that each would get alone.</summary>
public sealed class TextServiceLaws
{
    private const int Endless = 5000;

    private static readonly CharacterTokenizer Tokenizer = new("abcdefghijklmnop");

    [Fact]
    public async Task A_request_draws_the_same_tokens_alone_and_among_others()
    {
        TextRequest[] requests = [.. Enumerable.Range(0, 60).Select(Request)];
        using var served = new Served(new TextServiceOptions(Rows: 11));
        IReadOnlyList<TextPiece>[] together = await Task.WhenAll(requests.Select(served.Complete));
        for (int i = 0; i < requests.Length; i++)
        {
            Assert.Equal(Texts(await served.Complete(requests[i])), Texts(together[i]));
            Assert.Equal(served.Sampled(requests[i]), Texts(together[i]).Select(text => text.Text));
        }
    }

    [Fact]
    public async Task Tokens_come_with_the_log_probs_of_the_model_itself()
    {
        using var served = new Served(new TextServiceOptions());
        TextRequest asked = Request(5) with
        {
            TopLogProbs = 3, MaxTokens = 9, Sampling = new SamplingOptions { Temperature = 0.5, TopK = 4 },
        };
        var tokens = new List<int>(asked.Prompt);
        foreach (TextPiece piece in (await served.Complete(asked)).Where(piece => piece.Choice == 0))
        {
            double[] logProbs = served.NextLogProbs(tokens);
            tokens.Add(piece.Token);
            Assert.Equal(logProbs[piece.Token], piece.Score!.LogProb, 1e-4);
            int[] best = [.. Enumerable.Range(0, logProbs.Length).OrderByDescending(id => logProbs[id]).Take(3)];
            Assert.Equal(best, piece.Score.Top.Select(top => top.Token));
            Assert.All(piece.Score.Top, top => Assert.Equal(logProbs[top.Token], top.LogProb, 1e-4));
        }

        Assert.All(await served.Complete(asked with { TopLogProbs = null }), piece => Assert.Null(piece.Score));
    }

    [Fact]
    public async Task A_stopping_text_ends_a_completion_and_is_not_told()
    {
        using var served = new Served(new TextServiceOptions());
        TextRequest asked = Request(3) with { Choices = 1, MaxTokens = 40 };
        string whole = Texts(await served.Complete(asked))[0].Text;
        Assert.True(whole.Length > 6, whole);
        string stop = whole[4..6];
        var (text, finish) = Texts(await served.Complete(asked with { Stop = ["zz", stop] }))[0];
        Assert.Equal((whole[..whole.IndexOf(stop, StringComparison.Ordinal)], FinishReason.Stop), (text, finish));

        // One that begins with the end of the completion does not come: what was held back for it is told at the end.
        Assert.Equal(whole, Texts(await served.Complete(asked with { Stop = [whole[^2..] + "!"] }))[0].Text);
    }

    [Fact]
    public async Task A_request_that_nobody_wants_leaves_at_once_and_the_others_go_on()
    {
        var tokenizer = new EndlessTokenizer();
        using var served = new Served(new TextServiceOptions(Rows: 2), tokenizer);
        using var gone = new CancellationTokenSource();
        TextRequest endless = Request(2) with { Choices = 1, MaxTokens = 0, Prompt = [1] };
        ChannelReader<TextPiece> left = served.Service.TrySubmit(endless with { Choices = 2 }, gone.Token)!;
        await left.ReadAsync(TestContext.Current.CancellationToken);
        Task<IReadOnlyList<TextPiece>> waiting = served.Complete(endless with { MaxTokens = 4 });
        await gone.CancelAsync();
        Assert.InRange((await waiting).Count, 1, 4);

        // Long before the other would have ended.
        Assert.InRange(tokenizer.Decoded, 1, Endless / 2);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Served.Read(left));
    }

    [Fact]
    public async Task A_full_queue_takes_no_more_and_a_stop_ends_what_is_left()
    {
        var served = new Served(new TextServiceOptions(Rows: 1, Queue: 2), new EndlessTokenizer());
        TextRequest endless = Request(2) with { Choices = 1, MaxTokens = 0, Prompt = [1] };
        ChannelReader<TextPiece> first = served.Service.TrySubmit(endless, CancellationToken.None)!;
        await first.ReadAsync(TestContext.Current.CancellationToken);
        ChannelReader<TextPiece>?[] more =
            [.. Enumerable.Range(0, 4).Select(_ => served.Service.TrySubmit(endless, CancellationToken.None))];
        Assert.Equal([true, true, false, false], more.Select(reader => reader is not null));
        served.Dispose();
        Assert.Null(served.Service.TrySubmit(endless, CancellationToken.None));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Served.Read(more.Last(one => one is not null)!));
    }

    [Fact]
    public void What_cannot_be_served_is_refused()
    {
        using var served = new Served(new TextServiceOptions(Rows: 3));
        TextRequest good = Request(1);
        TextRequest[] bad =
        [
            good with { Prompt = [] },
            good with { Prompt = [Tokenizer.VocabularySize] },
            good with { Prompt = [.. Enumerable.Repeat(1, served.Service.Context)] },
            good with { Choices = 0 },
            good with { Choices = 4 },
            good with { MaxTokens = -1 },
            good with { Stop = [""] },
            good with { TopLogProbs = -1 },
            good with { Sampling = new SamplingOptions { Temperature = -1 } },
        ];
        Assert.All(bad, request => Assert.Throws<ArgumentException>(() => served.Service.TrySubmit(request, CancellationToken.None)));
    }

    private static TextRequest Request(int index)
    {
        var random = new Random(index);
        return new TextRequest([.. Enumerable.Range(0, 1 + random.Next(30)).Select(_ => random.Next(16))])
        {
            Choices = 1 + random.Next(4),
            MaxTokens = random.Next(3) == 0 ? 0 : 1 + random.Next(12),
            Seed = (ulong)random.Next(1000),
            Sampling = index % 5 == 0 ? SamplingOptions.Greedy : new SamplingOptions { Temperature = 1.3, TopP = 0.95 },
        };
    }

    private static (string Text, FinishReason? Finish)[] Texts(IReadOnlyList<TextPiece> pieces) =>
        [.. pieces.GroupBy(piece => piece.Choice).OrderBy(choice => choice.Key).Select(choice =>
            (string.Concat(choice.Select(piece => piece.Text)), choice.Last().Finish))];

    /// <summary>A small model that is served.</summary>
    private sealed class Served : IDisposable
    {
        private readonly ManagedEngine _engine = new(new ManagedEngineOptions { Threads = 2 });
        private readonly Decoder<ManagedTensor> _model;
        private readonly ServiceLoop _loop = new();
        private readonly CancellationTokenSource _stop = new();
        private readonly Thread _thread;

        public Served(TextServiceOptions options, EndlessTokenizer? endless = null)
        {
            ModelSettings shape = ModelShapes.Of("llama") with
            {
                Layers = 2, Width = 32, Heads = 4, KeyValueHeads = 2, Context = endless is null ? 64 : Endless,
            };
            _model = Decoder<ManagedTensor>.Create(_engine, shape, Tokenizer.VocabularySize, 5);
            Service = new TextService<ManagedTensor>(_engine, _model, endless ?? (ITokenizer)Tokenizer, _loop, options);
            _thread = new Thread(() => _loop.Run(_stop.Token));
            _thread.Start();
        }

        public TextService<ManagedTensor> Service { get; }

        public async Task<IReadOnlyList<TextPiece>> Complete(TextRequest request) =>
            await Read(Service.TrySubmit(request, CancellationToken.None)!);

        public static async Task<IReadOnlyList<TextPiece>> Read(ChannelReader<TextPiece> reader) =>
            await reader.ReadAllAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        /// <summary>What the sampler of the trainers draws.</summary>
        public string[] Sampled(TextRequest request)
        {
            using var engine = new ManagedEngine();
            using var model = Decoder<ManagedTensor>.Create(engine, _model.Settings, Tokenizer.VocabularySize, 5);
            int most = request.MaxTokens == 0 ? _model.Context : request.MaxTokens;
            return
            [
                .. new CompletionSampler<ManagedTensor>(engine, model, ((ITokenizer)Tokenizer).Ends)
                    .Draw(
                        [[.. request.Prompt]],
                        request.Choices,
                        most,
                        request.Sampling,
                        new SamplingAddress(request.Seed, RandomPurpose.Generation, 0))
                    .Select(drawn => CompletionText.Of(drawn, Tokenizer)),
            ];
        }

        public double[] NextLogProbs(List<int> tokens)
        {
            using var engine = new ManagedEngine();
            using var model = Decoder<ManagedTensor>.Create(engine, _model.Settings, Tokenizer.VocabularySize, 5);
            using var scope = engine.Scope();
            ManagedTensor hidden = model.Hidden([.. tokens], [tokens.Count], tokens.Count);
            var logits = new float[tokens.Count * Tokenizer.VocabularySize];
            engine.Read(ManagedTensor.Linear(hidden, model.Head), logits);
            double[] last = [.. logits[^Tokenizer.VocabularySize..]];
            double log = Math.Log(last.Sum(Math.Exp));
            return [.. last.Select(logit => logit - log)];
        }

        public void Dispose()
        {
            _stop.Cancel();
            _thread.Join();
            Service.Dispose();
            _loop.Dispose();
            _model.Dispose();
            _engine.Dispose();
            _stop.Dispose();
        }
    }

    /// <summary>A tokenizer without a token that ends a completion.</summary>
    private sealed class EndlessTokenizer : ITokenizer
    {
        public int VocabularySize => Tokenizer.VocabularySize;

        public int EndOfSequence => -1;

        public bool TryEncode(string text, out int[] tokens, out int firstUnknown) =>
            Tokenizer.TryEncode(text, out tokens, out firstUnknown);

        /// <summary>How often a text was asked for: once a token.</summary>
        public int Decoded { get; private set; }

        public string Decode(ReadOnlySpan<int> tokens)
        {
            Decoded++;
            return Tokenizer.Decode(tokens);
        }

        public string Describe() => Tokenizer.Describe();

        public string ToJson() => Tokenizer.ToJson();
    }
}
