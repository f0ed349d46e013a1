using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Tokenizers;

/// <summary>
/// Renderings by jinja2 3.1 with the settings of transformers: trim_blocks, lstrip_blocks, loop controls, raise_exception, the date
/// 28 November 2026, tojson without ASCII escapes.
/// </summary>
public sealed class ChatTemplateGoldenLaws
{
    private static string Folder => Path.Combine(Repository.Root, "tests", "Trainers", "Tokenizers", "Templates", "Golden");

    [Theory]
    [InlineData("llama3_1")]
    [InlineData("qwen3")]
    [InlineData("gemma3")]
    public void A_published_template_renders_what_jinja2_renders(string name)
    {
        using var settings = JsonDocument.Parse(PublishedTemplates.Settings(name));
        string source = settings.RootElement.GetProperty("chat_template").GetString()!;
        JsonElement[] cases = [.. Cases("published.json").Where(one => one.GetProperty("template").GetString() == name)];
        Assert.True(cases.Length >= 60);
        Assert.Equal(
            cases[0].GetProperty("template_sha256").GetString(),
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source))));
        Assert.All(cases, one => AssertRendered(source, one));
    }

    [Theory]
    [InlineData("channels")]
    [InlineData("chatml")]
    [InlineData("chatml-default-system")]
    [InlineData("chatml-generation")]
    [InlineData("headers")]
    [InlineData("instruct")]
    public void A_template_in_the_manner_of_a_model_family_renders_what_jinja2_renders(string name)
    {
        string source = File.ReadAllText(Path.Combine(Folder, name + ".jinja"));
        JsonElement[] cases = [.. Cases("own.json").Where(one => one.GetProperty("template").GetString() == name + ".jinja")];
        Assert.True(cases.Length >= 30);
        Assert.All(cases, one => AssertRendered(source, one));
    }

    [Fact]
    public void Each_feature_renders_what_jinja2_renders()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "features.json")));
        Dictionary<string, JsonElement> variables =
            golden.RootElement.GetProperty("variables").EnumerateObject().ToDictionary(one => one.Name, one => one.Value);
        ChatMessage[] messages = [new("user", "hi")];
        Assert.All(golden.RootElement.GetProperty("cases").EnumerateArray(), one =>
        {
            string source = one.GetProperty("template").GetString()!;
            AssertSame(source, one, () => ChatTemplate.Parse(source, "feature")
                .Render(messages, new ChatOptions { Variables = variables, Clock = new ClockOf2026() }));
        });
    }

    private static IEnumerable<JsonElement> Cases(string file)
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, file)));
        return [.. golden.RootElement.EnumerateArray().Select(one => one.Clone())];
    }

    private static void AssertRendered(string source, JsonElement one)
    {
        var tokens = one.GetProperty("tokens").EnumerateObject().ToDictionary(token => token.Name, token => token.Value.GetString()!);
        var options = new ChatOptions
        {
            AddGenerationPrompt = one.GetProperty("add_generation_prompt").GetBoolean(),
            Tools = one.TryGetProperty("tools", out JsonElement tools) && tools.ValueKind != JsonValueKind.Null ? tools : null,
            Variables = one.TryGetProperty("variables", out JsonElement variables)
                ? variables.EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value)
                : new Dictionary<string, JsonElement>(),
            Clock = new ClockOf2026(),
        };
        AssertSame(one.GetRawText(), one, () => new ChatTemplate(ChatTemplate.Parse(source, "golden")) { SpecialTokens = tokens }
            .Render(ChatMessage.ParseList(one.GetProperty("messages").GetRawText(), "golden"), options));
    }

    private static void AssertSame(string what, JsonElement one, Func<string> render)
    {
        string text;
        try
        {
            text = render();
        }
        catch (Exception refused) when (refused is ChatTemplateException or RlCore.Trainers.Inputs.InputException)
        {
            Assert.True(one.TryGetProperty("error", out JsonElement error), $"{refused.Message}\n{what}");
            const string Raised = "TemplateError: ";
            string wanted = error.GetString()!;
            if (wanted.StartsWith(Raised, StringComparison.Ordinal))
            {
                Assert.Equal(wanted[Raised.Length..], Assert.IsType<ChatTemplateException>(refused).Reason);
            }

            return;
        }

        Assert.True(one.TryGetProperty("text", out JsonElement expected), $"No error:\n{what}");
        Assert.Equal(expected.GetString(), text);
    }
}
