using System.Threading.Channels;
using RlCore.Trainers.Serving;
using RlCore.Trainers.Tokenizers;
using RlCore.Worker.Serving;

namespace RlCore.Worker.Tests.Serving;

/// <summary>A server asks itself before others can: of all rows, within a limit, and without a trace.</summary>
public sealed class WarmUpLaws
{
    private const string Body = """{"prompt": "ab", "seed": 4, "max_tokens": 12, "temperature": 1.2}""";

    [Fact]
    public async Task It_draws_in_all_rows_through_the_routes_and_changes_no_answer()
    {
        const string Key = "secret";
        using var served = new ServedModel(new TextServiceOptions(Rows: 5));
        string before = await AnswerAsync(served);
        var counted = new Counted(served.Service);
        int told = 0;
        await new WarmUp(new ModelRoutes("small", counted, null, Key, TimeProvider.System), Key).RunAsync(
            counted, scores: false, () => told++, TestContext.Current.CancellationToken);

        // A conversation and a completion alone, then twice all rows; each to its end, and of the lengths that clients have.
        Assert.Equal(2 + (2 * 5), counted.Requests.Count);
        Assert.All(counted.Readers, reader => Assert.True(reader.Completion.IsCompletedSuccessfully));
        Assert.Equal(5, counted.Requests.TakeLast(5).Select(request => request.Prompt.Count).Distinct().Count());
        Assert.Equal(before, await AnswerAsync(served));
    }

    [Fact]
    public async Task A_model_that_takes_too_long_is_given_up_and_that_is_told_once()
    {
        using var served = new ServedModel();
        var silent = new Silent(served.Service);
        int told = 0;
        await new WarmUp(new ModelRoutes("small", silent, null, "", TimeProvider.System), "").RunAsync(
            silent, scores: false, () => told++, TestContext.Current.CancellationToken);
        Assert.Equal(1, told);
        Assert.True(Assert.Single(silent.Abandoned).IsCancellationRequested);
    }

    [Fact]
    public async Task A_signal_ends_it()
    {
        using var served = new ServedModel();
        using var stop = new CancellationTokenSource();
        var silent = new Silent(served.Service) { Asked = stop.Cancel };
        int told = 0;
        await new WarmUp(new ModelRoutes("small", silent, null, "", TimeProvider.System), "").RunAsync(
            silent, scores: false, () => told++, stop.Token);
        Assert.Equal(0, told);
        Assert.Single(silent.Abandoned);
    }

    private static async Task<string> AnswerAsync(ServedModel served)
    {
        using var content = new StringContent(Body);
        using HttpResponseMessage answer = await served.Client.PostAsync(
            "v1/completions", content, TestContext.Current.CancellationToken);
        string body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return System.Text.Json.Nodes.JsonNode.Parse(body)!["choices"]!.ToJsonString();
    }

    private sealed class Counted(ITextService service) : ITextService
    {
        public List<TextRequest> Requests { get; } = [];

        public List<ChannelReader<TextPiece>> Readers { get; } = [];

        public ITokenizer Tokenizer => service.Tokenizer;

        public int Context => service.Context;

        public int Rows => service.Rows;

        public ChannelReader<TextPiece>? TrySubmit(TextRequest request, CancellationToken abandoned)
        {
            ChannelReader<TextPiece> reader = service.TrySubmit(request, abandoned)!;
            lock (Requests)
            {
                Requests.Add(request);
                Readers.Add(reader);
            }

            return reader;
        }

        public Task InterruptAsync(Action work) => service.InterruptAsync(work);
    }

    /// <summary>A model that never says anything.</summary>
    private sealed class Silent(ITextService service) : ITextService
    {
        public List<CancellationToken> Abandoned { get; } = [];

        public Action Asked { get; init; } = () => { };

        public ITokenizer Tokenizer => service.Tokenizer;

        public int Context => service.Context;

        public int Rows => service.Rows;

        public ChannelReader<TextPiece>? TrySubmit(TextRequest request, CancellationToken abandoned)
        {
            Abandoned.Add(abandoned);
            Asked();
            return Channel.CreateUnbounded<TextPiece>().Reader;
        }

        public Task InterruptAsync(Action work) => service.InterruptAsync(work);
    }
}
