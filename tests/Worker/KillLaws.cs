using System.Diagnostics;
using System.Text.Json;
using RlCore.Campaigns;

namespace RlCore.Worker.Tests;

/// <summary>A process that is killed within a stage, with no time to say anything, and goes on from its last checkpoint.</summary>
public sealed class KillLaws
{
    private const int Steps = 10;

    // Each kind of stage carries something else from step to step.
    private static readonly (string Name, string Settings)[] Stages =
    [
        ("sft", "\"data\": \"sft.csv\", \"batchSize\": 2"),
        ("reward", "\"data\": \"pairs.csv\", \"batchSize\": 2"),
        ("dpo", "\"data\": \"pairs.csv\", \"batchSize\": 2, \"loss\": \"bco\""),
        ("kto", "\"data\": \"labels.csv\", \"batchSize\": 2, \"loss\": \"bco\""),
        ("grpo", Prompts("\"algorithm\": { \"groupSize\": 2, \"klCoefficient\": 0.1, \"klTarget\": 0.1 }")),
        ("dapo", Prompts("\"algorithm\": { \"groupSize\": 2, \"maxSamplingRounds\": 2 }")),
        ("ppo", Prompts("\"algorithm\": { \"iterations\": 2 }")),
        ("reject", "\"data\": \"prompts.csv\", \"promptsPerRound\": 2, \"completionsPerPrompt\": 2, \"stepsPerRound\": 4, "
            + "\"batchSize\": 2, \"maxCompletionTokens\": 3, \"rewards\": [{ \"type\": \"length\", \"maxTokens\": 3 }]"),
        ("reject", "\"name\": \"search\", \"data\": \"prompts.csv\", \"promptsPerRound\": 2, \"stepsPerRound\": 4, \"batchSize\": 2, "
            + "\"maxCompletionTokens\": 3, \"rewards\": [{ \"type\": \"length\", \"maxTokens\": 3 }], "
            + "\"search\": { \"budget\": 3, \"stepEnd\": \"tokens\", \"stepTokens\": 1 }"),
        ("rejectoffline", "\"data\": \"scored.csv\", \"batchSize\": 2"),
        ("onlinedpo", "\"data\": \"prompts.csv\", \"promptsPerStep\": 2, \"completionsPerPrompt\": 4, \"maxCompletionTokens\": 3, "
            + "\"refreshEvery\": 3, \"rewards\": [{ \"type\": \"length\", \"maxTokens\": 1 }]"),
        ("distill", "\"data\": \"prompts.csv\", \"teacher\": \"sft\", \"promptsPerRound\": 2, \"completionsPerPrompt\": 2, "
            + "\"stepsPerRound\": 4, \"batchSize\": 2, \"maxCompletionTokens\": 3"),
        ("gkd", "\"data\": \"sft.csv\", \"teacher\": \"sft\", \"batchSize\": 2, \"maxCompletionTokens\": 3"),
    ];

    [Fact]
    public async Task Killed_once_in_every_kind_of_stage_a_run_ends_as_one_never_killed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A process is killed as the kernel kills one.");
        using var session = new Session();
        Write(session);
        Ending whole = await Session.RunAsync("train", session.In("all.json"), "--output", session.In("whole"), "--threads", "1");
        Assert.True(whole.ExitCode == 0, whole.Error);
        int killed = 0;
        for (int stage = 0; stage <= Stages.Length; stage++)
        {
            using Process process = Start(session, resumes: stage > 0);
            _ = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            bool reached = await ReachAsync(session, process, stage);
            killed += reached ? 1 : 0;
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(Stages.Length, killed);
        string last = $"step-{Steps * Stages.Length}";
        foreach (string file in (string[])["model.safetensors", "policy.optimizer.safetensors"])
        {
            string end = Path.Combine("checkpoints", last, file);
            if (File.Exists(Path.Combine(session.In("whole"), end)))
            {
                Assert.Equal(
                    await File.ReadAllBytesAsync(Path.Combine(session.In("whole"), end), TestContext.Current.CancellationToken),
                    await File.ReadAllBytesAsync(Path.Combine(session.Out, end), TestContext.Current.CancellationToken));
            }
        }

        Assert.Equal(
            UntimedTable.Read(Path.Combine(session.In("whole"), "metrics.csv")),
            UntimedTable.Read(Path.Combine(session.Out, "metrics.csv")));
        Assert.Equal(
            await File.ReadAllTextAsync(Path.Combine(session.In("whole"), "samples.csv"), TestContext.Current.CancellationToken),
            await File.ReadAllTextAsync(Path.Combine(session.Out, "samples.csv"), TestContext.Current.CancellationToken));
    }

    private static string Prompts(string more) =>
        "\"data\": \"prompts.csv\", \"promptsPerStep\": 2, \"maxCompletionTokens\": 3, \"rewards\": [{ \"type\": \"length\", "
            + $"\"maxTokens\": 1 }}], {more}";

    private static void Write(Session session)
    {
        session.Write("pairs.csv", "prompt,chosen,rejected\n1+1=,2,3\n1+2=,3,4\n2+1=,3,1\n");
        session.Write("labels.csv", "prompt,completion,label\n1+1=,2,good\n1+2=,4,bad\n2+1=,3,good\n");
        session.Write("scored.csv", "prompt,completion,reward\n1+1=,2,1\n1+2=,3,1\n1+2=,4,0\n");
        IEnumerable<string> stages = Stages.Select(
            stage => $$"""{ "type": "{{stage.Name}}", "steps": {{Steps}}, {{stage.Settings}} }""");
        session.Write("all.json", $$"""
            {
              "name": "all",
              "characters": "0123456789+=",
              "keepTokens": true,
              "model": { "layers": 1, "width": 8, "heads": 2, "context": 12 },
              "stages": [ {{string.Join(",\n", stages)}} ],
              "checkpoints": { "every": 1, "keep": 2 }
            }
            """);
    }

    // Until a checkpoint lies within the stage, or the process has ended.
    private static async Task<bool> ReachAsync(Session session, Process process, int stage)
    {
        while (!process.HasExited)
        {
            if (stage < Stages.Length && IsWithin(session, stage))
            {
                return true;
            }

            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Assert.True(process.ExitCode == 0, $"stage {stage} ended the process with {process.ExitCode}");
        return false;
    }

    // Checkpoints come and go while they are looked at.
    private static bool IsWithin(Session session, int stage)
    {
        try
        {
            return Directory.EnumerateFiles(Path.Combine(session.Out, "checkpoints"), "state.json", SearchOption.AllDirectories)
                .Where(file => !file.Contains(".writing-", StringComparison.Ordinal))
                .Select(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement)
                .Any(state => state.GetProperty("stage").GetInt32() == stage
                    && !state.GetProperty("stageDone").GetBoolean()
                    && state.GetProperty("stageStep").GetInt32() >= 2);
        }
        catch (Exception gone) when (gone is IOException or JsonException)
        {
            return false;
        }
    }

    private static Process Start(Session session, bool resumes) => Process.Start(
        new ProcessStartInfo(
            "dotnet",
            [
                "exec", Path.Combine(AppContext.BaseDirectory, "RlCore.Worker.dll"), "train", "all.json", "--output", "run",
                "--threads", "1",
                .. resumes ? ["--resume"] : Array.Empty<string>(),
            ])
        {
            WorkingDirectory = session.Path,
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("The process did not start.");
}
