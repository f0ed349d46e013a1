using System.Text.Json;
using RlCore.Trainers.Files;
using RlCore.Trainers.Tests.Models;
using RlCore.Worker.Views;

namespace RlCore.Worker.Tests;

/// <summary>What the options of commands about models do.</summary>
public class ModelCommandLaws
{
    [Fact]
    public async Task A_seed_chooses_the_samples_of_generate()
    {
        using var session = new Session();
        string model = RandomModels.Write(session.In("model"), "llama");
        async Task<string> Samples(string seed) => await Done(
            "generate", "--model", model, "--prompt", "a", "--temperature", "1", "--samples", "4", "--max-tokens", "8", "--json",
            "--seed", seed);
        string first = await Samples("1");
        Assert.Equal(4, first.TrimEnd().Split('\n').Distinct().Count());
        Assert.Equal(first, await Samples("1"));
        Assert.NotEqual(first, await Samples("2"));
    }

    [Fact]
    public async Task A_seed_chooses_the_samples_of_eval()
    {
        using var session = new Session();
        await Done("train", session.In("tiny.json"), "--out", session.Out, "--quiet");
        async Task<string> Counts(string seed)
        {
            string table = session.In($"table-{seed}.csv");
            await Done(
                "eval", "--model", session.Out, "--data", session.In("eval.csv"), "--samples", "200", "--reward", "exact",
                "--max-tokens", "2", "--output", table, "--seed", seed);
            return File.ReadAllText(table);
        }

        string first = await Counts("1");
        Assert.Equal(first, await Counts("1"));
        Assert.NotEqual(first, await Counts("2"));
    }

    [Theory]
    [InlineData("f32", 4)]
    [InlineData("f16", 2)]
    [InlineData("bf16", 2)]
    public async Task An_exported_file_has_the_type_that_was_asked_for(string type, int bytes)
    {
        using var session = new Session();
        string file = session.In("model.gguf");
        string model = RandomModels.Write(session.In("model"), "qwen2");
        await Done("export", "--model", model, "--gguf", file, "--type", type);
        string embedding = (await Done("inspect", file)).Split('\n')
            .Single(line => line.Contains("token_embd.weight", StringComparison.Ordinal));
        Assert.Contains($" {type} ", embedding, StringComparison.OrdinalIgnoreCase);
        long numbers = RandomModels.VocabularySize * RandomModels.Shapes["qwen2"].Width;
        Assert.InRange(new FileInfo(file).Length, numbers * bytes, numbers * bytes * 4);
    }

    [Theory]
    [InlineData("f32", "float32")]
    [InlineData("f16", "float16")]
    [InlineData("bf16", "bfloat16")]
    [InlineData("", "bfloat16")]
    public async Task Merged_weights_have_the_type_that_was_asked_for_or_that_of_their_model(string type, string written)
    {
        using var session = new Session();
        string model = RandomModels.Write(session.In("model"), "qwen2", NumberType.BF16);
        session.Write(
            "lora.json",
            $$"""
            {
              "model": { "from": "{{model}}" },
              "lora": { "rank": 2 },
              "stages": [{ "type": "sft", "data": "{{session.In("sft.csv")}}", "steps": 1, "batchSize": 2 }]
            }
            """);
        await Done("train", session.In("lora.json"), "--output", session.Out, "--quiet");
        string merged = session.In("merged");
        string[] asked = type.Length > 0 ? ["--type", type] : [];
        await Done(["merge", "--model", session.Out, "--output", merged, .. asked]);
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(merged, "config.json")));
        Assert.Equal(written, config.RootElement.GetProperty("torch_dtype").GetString());
    }

    [Fact]
    public async Task A_conversation_is_rendered_with_the_beginning_of_an_answer_if_it_is_asked_for()
    {
        using var session = new Session();
        string model = RandomModels.Write(session.In("model"), "llama");
        File.WriteAllText(
            Path.Combine(model, "chat_template.jinja"),
            "{% for message in messages %}<{{ message.content }}>{% endfor %}{% if add_generation_prompt %}<answer>{% endif %}");
        string conversation = session.Write("conversation.json", """[{ "role": "user", "content": "hello" }]""");
        Assert.Equal("<hello>", (await Done("inspect", model, "--render", conversation)).TrimEnd());
        Assert.Equal(
            "<hello><answer>", (await Done("inspect", model, "--render", conversation, "--generation-prompt")).TrimEnd());
    }

    [Fact]
    public async Task A_recipe_trains_the_model_and_the_seed_that_the_command_names()
    {
        using var session = new Session();
        string model = RandomModels.Write(session.In("model"), "llama");
        session.Write(
            "bare.json",
            $$"""{ "stages": [{ "type": "sft", "data": "{{session.In("sft.csv")}}", "steps": 1, "batchSize": 2 }] }""");
        await Done("train", session.In("bare.json"), "--model", model, "--output", session.Out, "--seed", "5", "--quiet");
        Assert.Contains(
            "LlamaForCausalLM", File.ReadAllText(Path.Combine(session.Out, "model", "config.json")), StringComparison.Ordinal);
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(Path.Combine(session.Out, "run.json")));
        Assert.Equal(5, run.RootElement.GetProperty("recipe").GetProperty("seed").GetInt32());
    }

    [Theory]
    [InlineData(59.4, "59 s")]
    [InlineData(61, "1 min 1 s")]
    [InlineData(3599, "59 min 59 s")]
    [InlineData(3600 + (2 * 60) + 3, "1 h 2 min")]
    [InlineData((1000 * 3600) + (59 * 60), "1,000 h 59 min")]
    public void A_time_is_told_in_its_two_largest_units(double seconds, string told) =>
        Assert.Equal(told, Wording.Time(TimeSpan.FromSeconds(seconds)));

    private static async Task<string> Done(params string[] arguments)
    {
        Ending ending = await Session.RunAsync(arguments);
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        return ending.Output;
    }
}
