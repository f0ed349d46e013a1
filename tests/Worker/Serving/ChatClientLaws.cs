using Microsoft.Extensions.AI;
using RlCore.Chat;
using RlCore.Engines.Managed;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Serving;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Worker.Tests.Serving;

/// <summary>A model in the process of its caller, as Microsoft.Extensions.AI's client.</summary>
public sealed class ChatClientLaws : IDisposable
{
    private static readonly ChatMessage[] Question = [new(ChatRole.System, "Short."), new(ChatRole.User, "¿Qué tal?")];

    private readonly Session _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public async Task An_answer_is_the_same_whole_in_pieces_and_among_others()
    {
        using RlCoreChatClient client = RlCoreChatClient.Load(Model(), new TextServiceOptions(Rows: 3));
        var options = new ChatOptions { MaxOutputTokens = 20, Seed = 3, Temperature = 1.1f, TopP = 0.9f };
        ChatResponse whole = await client.GetResponseAsync(Question, options, TestContext.Current.CancellationToken);
        Assert.Equal("model", whole.ModelId);
        Assert.Equal(whole.Usage!.InputTokenCount + whole.Usage.OutputTokenCount, whole.Usage.TotalTokenCount);
        List<ChatResponseUpdate> pieces = await client.GetStreamingResponseAsync(Question, options, TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);
        Assert.True(pieces.Count > 1);
        Assert.Equal((whole.Text, whole.FinishReason), (string.Concat(pieces.Select(piece => piece.Text)), pieces[^1].FinishReason));
        ChatResponse[] together = await Task.WhenAll(Enumerable.Range(0, 7).Select(i =>
            client.GetResponseAsync(
                Question, i == 4 ? options : new ChatOptions { MaxOutputTokens = 30 }, TestContext.Current.CancellationToken)));
        Assert.Equal(whole.Text, together[4].Text);
    }

    [Fact]
    public async Task An_engine_of_ones_own_gives_the_same_answer()
    {
        string model = Model();
        var options = new ChatOptions { MaxOutputTokens = 12, Temperature = 0, Instructions = "Short." };
        using var engine = new ManagedEngine(new ManagedEngineOptions { Threads = 1 });
        using RlCoreChatClient own = RlCoreChatClient.Load(engine, model), usual = RlCoreChatClient.Load(model);
        var same = new ChatOptions { MaxOutputTokens = 12, Temperature = 0 };
        Assert.Equal(
            (await usual.GetResponseAsync(Question, same, TestContext.Current.CancellationToken)).Text,
            (await own.GetResponseAsync(Question[1].Text, options, TestContext.Current.CancellationToken)).Text);
        Assert.NotNull(own.GetService<ITextService>());
        Assert.Equal("rlcore", own.GetService<ChatClientMetadata>()!.ProviderName);
    }

    [Fact]
    public async Task What_the_model_does_not_have_is_refused()
    {
        using RlCoreChatClient client = RlCoreChatClient.Load(Model());
        ChatOptions[] missing =
        [
            new() { Tools = [AIFunctionFactory.Create(() => 1, "one")] },
            new() { FrequencyPenalty = 1 },
            new() { PresencePenalty = 1 },
            new() { ResponseFormat = ChatResponseFormat.Json },
        ];
        foreach (ChatOptions options in missing)
        {
            await Assert.ThrowsAsync<NotSupportedException>(
                () => client.GetResponseAsync(Question, options, TestContext.Current.CancellationToken));
        }

        var picture = new ChatMessage(ChatRole.User, [new UriContent("https://example.org/a.png", "image/png")]);
        await Assert.ThrowsAsync<NotSupportedException>(
            () => client.GetResponseAsync(picture, cancellationToken: TestContext.Current.CancellationToken));
        ArgumentException longer = await Assert.ThrowsAsync<ArgumentException>(
            () => client.GetResponseAsync(new string('a', 70), cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("at most 63 fit", longer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_is_disposed_of_answers_no_more()
    {
        RlCoreChatClient client = RlCoreChatClient.Load(Model());
        client.Dispose();
        client.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => client.GetResponseAsync(Question, cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_model_without_a_chat_template_is_refused()
    {
        string model = RandomModels.Write(_session.In("plain"), "gpt2");
        Assert.Contains(
            "without a chat template", Assert.Throws<InputException>(() => RlCoreChatClient.Load(model)).Message, StringComparison.Ordinal);
    }

    private string Model()
    {
        string model = RandomModels.Write(_session.In("model"), "llama");
        File.WriteAllText(
            Path.Combine(model, "chat_template.jinja"), "{% for m in messages %}{{ m.role[0] }}{{ m.content }}\n{% endfor %}a");
        return model;
    }
}
