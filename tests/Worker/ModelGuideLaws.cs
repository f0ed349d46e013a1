using System.Text.RegularExpressions;
using RlCore.Trainers.Tests;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Worker.Tests;

/// <summary>docs/models.md is true: each of its commands runs, in its order, on a small random model.</summary>
public sealed class ModelGuideLaws
{
    private const string Command = "rlcore ";
    private const string Stories = "recipes/stories.json";

    [Fact]
    public async Task Every_command_of_the_guide_runs()
    {
        using var session = new Session();
        Prepare(session);
        string[] commands = [.. Commands().Where(command => !command.Contains(Stories, StringComparison.Ordinal))];
        Assert.True(commands.Length >= 8);
        foreach (string command in commands)
        {
            Ending ending = await Session.RunAsync([.. Words(session, command)]);
            Assert.True(ending.ExitCode == 0, $"{command}: {ending.Error}");
        }

        Ending rendered = await Session.RunAsync("inspect", session.In("my-model"), "--render", session.In("conversation.json"));
        Assert.Equal((0, "user: Hello\nassistant: Hi!\n"), (rendered.ExitCode, rendered.Output));
        Assert.True(new FileInfo(session.In("merged.gguf")).Length > 10_000);
    }

    [Fact]
    public async Task The_recipe_of_the_guide_starts_from_a_trained_model()
    {
        string model = TestModels.Require("stories260K");
        using var session = new Session();
        Ending ending = await Session.RunAsync(
            "train", Path.Combine(ReadmeLaws.Root(), Stories), "--model", model, "--output", session.Out,
            "--set", "stages.grpo.steps=1", "--set", "stages.grpo.optimizer.warmupSteps=0",
            "--set", "stages.grpo.promptsPerStep=1", "--set", "stages.grpo.maxCompletionTokens=60",
            "--set", "evaluation.samples=1", "--set", "evaluation.maxCompletionTokens=60");
        Assert.True(ending.ExitCode == 0, ending.Error);
        Ending story = await Session.RunAsync(
            "generate", "--model", Path.Combine(session.Out, "model"), "--prompt", "Once upon a time", "--max-tokens", "12");
        Assert.StartsWith(", there was a little", story.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_recipe_in_the_guide_is_one()
    {
        string json = Regex.Match(Guide(), "```json\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        Trainers.Recipes.Recipe recipe = Trainers.Recipes.RecipeReader.Parse(json, "models.md", []);
        Assert.Equal((8, 2), (recipe.Lora?.Rank, recipe.Stages.Count));
    }

    private static void Prepare(Session session)
    {
        RandomModels.Write(session.In("my-model"), "qwen2");
        session.Write(
            Path.Combine("my-model", "chat_template.jinja"),
            "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
                + "{% if add_generation_prompt %}assistant: {% endif %}");
        session.Write("demonstrations.csv", "prompt,completion\n1+1=,2\n1+2=,3\n2+1=,3\n");
        session.Write("pairs.csv", "prompt,chosen,rejected\n1+1=,2,3\n1+2=,3,4\n");
        session.Write("questions.csv", "prompt,answer\n2+2=,4\n3+2=,5\n");
        session.Write("conversation.json", """[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi!"}]""");
    }

    private static IEnumerable<string> Commands() =>
        Guide().Split('\n').Where(line => line.StartsWith(Command, StringComparison.Ordinal)).Select(line => line[Command.Length..]);

    // What the guide names lies in the session's folder.
    private static IEnumerable<string> Words(Session session, string command) => Regex
        .Matches(command, "\"([^\"]*)\"|([^ ]+)")
        .Select(word => word.Groups[1].Success ? word.Groups[1].Value : word.Value)
        .Select(word => Regex.IsMatch(word, @"^(my-model|runs/.*|merged|merged\.gguf|\w+\.csv)$") ? session.In(word) : word);

    private static string Guide() => File.ReadAllText(Path.Combine(ReadmeLaws.Root(), "docs", "models.md"));
}
