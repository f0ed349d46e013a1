namespace RlCore.Campaigns;

/// <summary>A recipe of one stage on data small enough that its steps are short.</summary>
/// <param name="Name">How it is called on the command line.</param>
/// <param name="Stage">The stage without its number of steps; {judge} stands for the address of a judge.</param>
internal sealed record Scenario(string Name, string Stage)
{
    private const string Length = "\"rewards\": [{ \"type\": \"length\", \"maxTokens\": 1 }]";

    private const string Prompts = "\"data\": \"prompts.csv\", \"promptsPerStep\": 2, \"maxCompletionTokens\": 3";

    /// <summary>What is killed.</summary>
    public static IReadOnlyList<Scenario> Killed { get; } =
    [
        new("sft", "\"type\": \"sft\", \"data\": \"sft.csv\", \"batchSize\": 2"),
        new("grpo", $"\"type\": \"grpo\", {Prompts}, {Length}, "
            + "\"algorithm\": { \"groupSize\": 2, \"klCoefficient\": 0.1, \"klTarget\": 0.1 }"),
        new("ppo", $"\"type\": \"ppo\", {Prompts}, {Length}, \"algorithm\": {{ \"iterations\": 2 }}"),
        new("dpo", "\"type\": \"dpo\", \"data\": \"pairs.csv\", \"batchSize\": 2"),
        new("reject", "\"type\": \"reject\", \"data\": \"prompts.csv\", \"promptsPerRound\": 2, \"completionsPerPrompt\": 2, "
            + $"\"stepsPerRound\": 4, \"batchSize\": 2, \"maxCompletionTokens\": 3, {Length}"),
        new("search", "\"type\": \"reject\", \"data\": \"prompts.csv\", \"promptsPerRound\": 2, \"stepsPerRound\": 4, \"batchSize\": 2, "
            + $"\"maxCompletionTokens\": 3, {Length}, \"search\": {{ \"budget\": 3, \"stepEnd\": \"tokens\", \"stepTokens\": 1 }}"),
        new("judge", $"\"type\": \"grpo\", {Prompts}, \"algorithm\": {{ \"groupSize\": 2 }}, \"rewards\": "
            + "[{ \"type\": \"judge\", \"model\": \"any\", \"endpoint\": \"{judge}\", \"keyVariable\": \"\" }]"),
    ];

    /// <summary>What is watched.</summary>
    public static IReadOnlyList<Scenario> Watched { get; } =
    [
        new("grpo-program", "\"type\": \"grpo\", \"data\": \"programs.csv\", \"promptsPerStep\": 1, \"maxCompletionTokens\": 3, "
            + "\"algorithm\": { \"groupSize\": 2 }, \"rewards\": [{ \"type\": \"program\" }]"),
        new("dpo", "\"type\": \"dpo\", \"data\": \"pairs.csv\", \"batchSize\": 2"),
        new("ppo", $"\"type\": \"ppo\", {Prompts}, {Length}"),
    ];

    /// <summary>Writes the recipe and its data.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="steps">Steps of the stage.</param>
    /// <param name="every">Steps from checkpoint to checkpoint.</param>
    /// <param name="judge">The address of a judge.</param>
    /// <returns>The recipe's file.</returns>
    public string Write(string folder, int steps, int every, string judge)
    {
        Directory.CreateDirectory(folder);
        void Put(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);
        Put("sft.csv", "prompt,completion\n1+1=,2\n1+2=,3\n2+1=,3\n");
        Put("prompts.csv", "prompt,answer\n2+2=,4\n3+2=,5\n1+4=,5\n");
        Put("pairs.csv", "prompt,chosen,rejected\n1+1=,2,3\n1+2=,3,4\n2+1=,3,1\n");
        Put("programs.csv", "prompt,tests\n1+1=,1 + 1 == 2\n1+2=,1 + 2 == 3\n");
        Put("recipe.json", $$"""
            {
              "name": "{{Name}}",
              "characters": "0123456789+=;",
              "model": { "layers": 1, "width": 8, "heads": 2, "context": 12 },
              "stages": [{ {{Stage.Replace("{judge}", judge, StringComparison.Ordinal)}}, "steps": {{steps}} }],
              "checkpoints": { "every": {{every}}, "keep": 2 }
            }
            """);
        return Path.Combine(folder, "recipe.json");
    }
}
