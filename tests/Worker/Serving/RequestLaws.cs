using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using RlCore.Trainers.Serving;

namespace RlCore.Worker.Tests.Serving;

/// <summary>What requests may say, and what they are told where they may not.</summary>
public sealed class RequestLaws
{
    private const string Chat = "v1/chat/completions";
    private const string Text = "v1/completions";

    private static readonly string[] Odd = ["null", "1e999", "\\ud800", "-0", "true", "99999999999999999999"];

    public static TheoryData<string, string, string> Refusals => new()
    {
        { Text, """{"prompt": ""}""", "" },
        { Text, """{}""", "prompt" },
        { Text, """{"prompt": 5}""", "prompt" },
        { Text, """{"prompt": [5, 999]}""", "prompt" },
        { Text, """{"prompt": "a", "max_tokens": 0}""", "max_tokens" },
        { Text, """{"prompt": "a", "max_tokens": 1.5}""", "max_tokens" },
        { Text, """{"prompt": "a", "temperature": -1}""", "temperature" },
        { Text, """{"prompt": "a", "temperature": "hot"}""", "temperature" },
        { Text, """{"prompt": "a", "top_p": 0}""", "top_p" },
        { Text, """{"prompt": "a", "n": 17}""", "n" },
        { Text, """{"prompt": "a", "stop": [""]}""", "stop" },
        { Text, """{"prompt": "a", "stop": 3}""", "stop" },
        { Text, """{"prompt": "a", "logprobs": 21}""", "logprobs" },
        { Text, """{"prompt": "a", "echo": true}""", "echo" },
        { Text, """{"prompt": "a", "best_of": 2}""", "best_of" },
        { Text, """{"prompt": "a", "stream": "yes"}""", "stream" },
        { Text, """{"prompt": "a", "stream_options": {"usage": true}}""", "usage" },
        { Text, """{"prompt": "a", "logit_bias": {"5": 1}}""", "logit_bias" },
        { Text, """{"prompt": "a", "frequency_penalty": 0.5}""", "frequency_penalty" },
        { Text, """{"prompt": "a", "max_token": 3}""", "max_token" },
        { Text, """{"prompt": "\ud800"}""", "" },
        { Text, """["a"]""", "" },
        { Text, """{"prompt": """, "" },
        { Chat, """{"messages": []}""", "messages" },
        { Chat, """{"messages": [{"content": "a"}]}""", "messages[0].role" },
        { Chat, """{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}""", "messages[0].content" },
        { Chat, """{"messages": [{"role": "user", "content": "\udc00"}]}""", "" },
        { Chat, """{"messages": [{"role": "user", "content": "a"}], "top_logprobs": 2}""", "top_logprobs" },
        { Chat, """{"messages": [{"role": "user", "content": "a"}], "response_format": {"type": "json_object"}}""", "response_format" },
        { Chat, """{"messages": [{"role": "user", "content": "a"}], "tool_choice": "required"}""", "tool_choice" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_request_that_cannot_be_served_is_told_what_is_wrong(string route, string body, string parameter)
    {
        using var served = new ServedModel();
        var (status, answer) = await PostAsync(served, route, body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(parameter, answer["error"]!["param"]?.GetValue<string>() ?? "");
        Assert.Equal("invalid_request_error", answer["error"]!["type"]!.GetValue<string>());
        Assert.NotEmpty(answer["error"]!["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_longer_than_the_context_says_how_long_it_is()
    {
        using var served = new ServedModel(new TextServiceOptions(Context: 20));
        var (status, answer) = await PostAsync(served, Text, $$"""{"prompt": "{{new string('a', 30)}}"}""");
        Assert.Equal((HttpStatusCode.BadRequest, "context_length_exceeded"), (status, answer["error"]!["code"]!.GetValue<string>()));
        Assert.Contains("30 tokens; at most 19", answer["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        var (_, cut) = await PostAsync(served, Text, """{"prompt": "aaaaaaaaaa", "max_tokens": 500, "temperature": 0}""");
        Assert.InRange(cut["usage"]!["total_tokens"]!.GetValue<int>(), 11, 20);
    }

    [Fact]
    public async Task Prompts_and_choices_are_numbered_in_order()
    {
        using var served = new ServedModel();
        var (_, both) = await PostAsync(served, Text, """{"prompt": ["ab", [99, 100]], "n": 2, "seed": 4, "max_tokens": 6}""");
        var (_, second) = await PostAsync(served, Text, """{"prompt": "cd", "n": 2, "seed": 4, "max_tokens": 6}""");
        Assert.Equal([0, 1, 2, 3], both["choices"]!.AsArray().Select(choice => choice!["index"]!.GetValue<int>()));
        Assert.Equal(
            second["choices"]!.AsArray().Select(choice => choice!["text"]!.GetValue<string>()),
            both["choices"]!.AsArray().Skip(2).Select(choice => choice!["text"]!.GetValue<string>()));
        Assert.Equal(4, both["usage"]!["prompt_tokens"]!.GetValue<int>());
    }

    [Fact]
    public async Task Without_a_temperature_and_a_seed_answers_differ()
    {
        using var served = new ServedModel();
        var texts = new HashSet<string>();
        for (int i = 0; i < 4; i++)
        {
            var (_, answer) = await PostAsync(served, Text, """{"prompt": "ab", "max_tokens": 24}""");
            texts.Add(answer["choices"]![0]!["text"]!.GetValue<string>());
        }

        Assert.NotEqual(1, texts.Count);
    }

    [Fact]
    public async Task A_full_queue_is_told_and_the_waiting_are_served()
    {
        using var served = new ServedModel(new TextServiceOptions(Rows: 1, Queue: 1));
        Task<HttpResponseMessage>[] asked =
        [
            .. Enumerable.Range(0, 40).Select(_ => served.Client.PostAsync(
                Text, Json("""{"prompt": "a", "max_tokens": 100}"""), TestContext.Current.CancellationToken)),
        ];
        HttpResponseMessage[] answers = await Task.WhenAll(asked);
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        HttpResponseMessage refused = answers.First(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
        Assert.All(answers, answer => Assert.True(
            answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.TooManyRequests, answer.StatusCode.ToString()));
    }

    [Fact]
    public async Task Pages_of_other_sites_are_refused()
    {
        using var served = new ServedModel();
        using var asked = new HttpRequestMessage(HttpMethod.Get, "v1/models") { Headers = { { "Origin", "https://example.org" } } };
        Assert.Equal(
            HttpStatusCode.Forbidden, (await served.Client.SendAsync(asked, TestContext.Current.CancellationToken)).StatusCode);
        using var rebound = new HttpRequestMessage(HttpMethod.Get, "v1/models") { Headers = { Host = "example.org" } };
        Assert.Equal(
            HttpStatusCode.Forbidden, (await served.Client.SendAsync(rebound, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task No_request_makes_the_server_fail()
    {
        using var served = new ServedModel();
        var random = new Random(7);
        string[] seeds =
        [
            """{"prompt": "ab", "max_tokens": 1, "n": 1, "seed": 3, "stop": ["x", "yz"], "logprobs": 2, "temperature": 0.5, "top_p": 1}""",
            """{"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}], "max_tokens": 1, "logprobs": true}""",
        ];
        const int Count = 10_000;
        int good = 0;
        await Parallel.ForAsync(0, Count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, stop) =>
        {
            byte[] body;
            lock (random)
            {
                body = Mutated(Encoding.UTF8.GetBytes(seeds[i % 2]), random);
            }

            using var content = new ByteArrayContent(body);
            using HttpResponseMessage answer = await served.Client.PostAsync(i % 2 == 0 ? Text : Chat, content, stop);
            if (answer.IsSuccessStatusCode)
            {
                Interlocked.Increment(ref good);
                return;
            }

            string text = await answer.Content.ReadAsStringAsync(stop);
            Assert.True((int)answer.StatusCode is >= 400 and < 500, $"{answer.StatusCode} for {Encoding.UTF8.GetString(body)}: {text}");
            Assert.NotNull(JsonNode.Parse(text)!["error"]!["message"]);
        });

        // Both kinds came up.
        Assert.InRange(good, 100, Count - 100);
    }

    private static byte[] Mutated(byte[] body, Random random)
    {
        var bytes = body.ToList();
        for (int edits = random.Next(1, 5); edits > 0; edits--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.Insert(at, (byte)"0{}[]\",:-e.\\u"[random.Next(13)]);
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 6), bytes.Count - at));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 20), bytes.Count - at)));
                    break;
                default:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Odd[random.Next(Odd.Length)]));
                    break;
            }

            bytes = bytes.Count == 0 ? [.. body] : bytes;
        }

        return [.. bytes];
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static async Task<(HttpStatusCode Status, JsonNode Answer)> PostAsync(ServedModel served, string route, string body)
    {
        using HttpResponseMessage answer = await served.Client.PostAsync(route, Json(body), TestContext.Current.CancellationToken);
        return (answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!);
    }
}
