using System.ClientModel;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using RlCore.Trainers.Serving;
using ChatFinishReason = OpenAI.Chat.ChatFinishReason;
using ChatMessage = OpenAI.Chat.ChatMessage;

namespace RlCore.Worker.Tests.Serving;

/// <summary>Clients that people use are answered.</summary>
public sealed class ClientLaws
{
    private static readonly ChatMessage[] Question = [new SystemChatMessage("Short."), new UserChatMessage("¿Qué tal, 世界?")];

    [Fact]
    public async Task The_OpenAI_package_gets_the_same_answer_whole_and_in_pieces()
    {
        using var served = new ServedModel();
        ChatClient client = NewClient(served);
        var options = new ChatCompletionOptions
        {
            MaxOutputTokenCount = 24, Temperature = 0.8f, TopP = 0.9f, IncludeLogProbabilities = true, TopLogProbabilityCount = 3,
            StopSequences = { "never" },
        };
#pragma warning disable OPENAI001 // The package says that the seed may change.
        options.Seed = 11;
#pragma warning restore OPENAI001
        ChatCompletion whole = await client.CompleteChatAsync(Question, options, TestContext.Current.CancellationToken);
        Assert.Equal(ServedModel.Name, whole.Model);
        Assert.Equal(whole.Usage.InputTokenCount + whole.Usage.OutputTokenCount, whole.Usage.TotalTokenCount);
        Assert.Equal(whole.Usage.OutputTokenCount, whole.ContentTokenLogProbabilities.Count);
        Assert.All(whole.ContentTokenLogProbabilities, token => Assert.Equal(3, token.TopLogProbabilities.Count));
        string pieces = "";
        int told = 0;
        ChatFinishReason? finish = null;
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync(
            Question, options, TestContext.Current.CancellationToken))
        {
            pieces += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finish = update.FinishReason ?? finish;
            told = update.Usage?.OutputTokenCount ?? told;
        }

        Assert.Equal((whole.Content[0].Text, whole.FinishReason), (pieces, finish!.Value));
        Assert.Equal(whole.Usage.OutputTokenCount, told);
    }

    [Fact]
    public async Task Microsoft_Extensions_AI_is_answered_and_stops_in_the_middle()
    {
        using var served = new ServedModel(new TextServiceOptions(Rows: 1));
        using IChatClient client = NewClient(served).AsIChatClient();
        var options = new ChatOptions { MaxOutputTokens = 8, Seed = 5, Temperature = 0 };
        ChatResponse answer = await client.GetResponseAsync("Hello", options, TestContext.Current.CancellationToken);
        Assert.InRange(answer.Usage!.OutputTokenCount!.Value, 1, 8);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            var endless = new ChatOptions { Temperature = 1 };
            await foreach (ChatResponseUpdate _ in client.GetStreamingResponseAsync("Hello", endless, gone.Token))
            {
                await gone.CancelAsync();
            }
        });

        // The only row is free again.
        Assert.Equal(answer.Text, (await client.GetResponseAsync("Hello", options, TestContext.Current.CancellationToken)).Text);
    }

    [Fact]
    public async Task What_cannot_be_served_reaches_a_client_as_its_own_error()
    {
        using var served = new ServedModel(key: "secret");
        ClientResultException wrong = await Assert.ThrowsAsync<ClientResultException>(
            () => NewClient(served, "other").CompleteChatAsync(Question, null, TestContext.Current.CancellationToken));
        Assert.Equal(401, wrong.Status);
        ClientResultException unknown = await Assert.ThrowsAsync<ClientResultException>(
            () => NewClient(served, "secret", "large").CompleteChatAsync(Question, null, TestContext.Current.CancellationToken));
        Assert.Equal(404, unknown.Status);
        Assert.Contains("\"small\" is", unknown.Message, StringComparison.Ordinal);
        var tools = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("weather") } };
        ClientResultException refused = await Assert.ThrowsAsync<ClientResultException>(
            () => NewClient(served, "secret").CompleteChatAsync(Question, tools, TestContext.Current.CancellationToken));
        Assert.Equal(400, refused.Status);
        Assert.Contains("tools", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Judges_of_this_program_understand_the_server()
    {
        using var session = new Session();
        using ServedModel served = NewJudge();
        string pairs = session.Write("pairs.csv", "prompt,completion_1,completion_2\n1+1=,2,22\n1+2=,333,3\n");
        Ending ending = await Session.RunAsync(
            "data", "label", pairs, session.In("out.csv"), "--endpoint", served.Address.ToString(), "--judge-model", ServedModel.Name,
            "--key-variable", "", "--quiet");
        Assert.Contains("found 2 pairs, all of them ties", ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stage_learns_from_a_judge_that_is_served()
    {
        using var session = new Session();
        using ServedModel served = NewJudge();
        string prompts = session.Write("prompts.csv", "prompt,answer\n1+1=,2\n1+2=,3\n");
        Ending ending = await Session.RunAsync(
            "train", "onlinedpo", "--data", prompts, "--steps", "2", "--characters", "0123456789+=", "--model-width", "8", "--model-heads",
            "2", "--model-context", "8", "--max-completion-tokens", "2", "--judge.endpoint", served.Address.ToString(), "--judge.model",
            ServedModel.Name, "--judge.key-variable", "", "--output", session.Out, "--quiet");
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));

        // Every prompt is tied.
        string[][] rows = [.. File.ReadLines(Path.Combine(session.Out, "metrics.csv")).Select(line => line.Split(','))];
        int tied = Array.IndexOf(rows[0], "pairs/tied");
        Assert.All(rows[1..], row => Assert.Equal("1", row[tied]));
    }

    // It prefers the first place to the second, whatever stands there.
    private static ServedModel NewJudge() => new(
        new ByteTokenizer("{\"better\": \"A\"}"), (engine, tokenizer) => new ScriptedModel(engine, tokenizer.VocabularySize));

    private static ChatClient NewClient(ServedModel served, string key = "none", string model = ServedModel.Name) => new(
        model,
        new ApiKeyCredential(key),
        new OpenAIClientOptions { Endpoint = served.Address, RetryPolicy = new System.ClientModel.Primitives.ClientRetryPolicy(0) });
}
