using RlCore.Trainers.Runs;

namespace RlCore.Worker.Tests;

/// <summary>A folder with a tiny recipe and its datasets, and the program run over them in this process.</summary>
public sealed class Session : IDisposable
{
    public const string Recipe = """
        {
          "name": "tiny",
          "characters": "0123456789+=",
          "model": { "layers": 1, "width": 8, "heads": 2, "context": 8 },
          "stages": [
            { "type": "sft", "data": "sft.csv", "steps": 3, "batchSize": 2 },
            { "type": "grpo", "data": "prompts.csv", "steps": 2, "promptsPerStep": 2, "maxCompletionTokens": 3,
              "algorithm": { "groupSize": 2 } }
          ],
          "evaluation": { "data": "eval.csv", "samples": 2, "maxCompletionTokens": 3 },
          "checkpoints": { "every": 1 }
        }
        """;

    public Session()
    {
        Path = Directory.CreateTempSubdirectory("rlcore-worker-").FullName;
        Write("tiny.json", Recipe);
        Write("sft.csv", "prompt,completion\n1+1=,2\n1+2=,3\n2+1=,3\n");
        Write("prompts.csv", "prompt,answer\n2+2=,4\n3+2=,5\n");
        Write("eval.csv", "prompt,answer\n3+3=,6\n4+3=,7\n");
    }

    public string Path { get; }

    public string Out => In("run");

    public string In(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(In(name), text);
        return In(name);
    }

    /// <summary>Trains the tiny recipe into <see cref="Out"/>.</summary>
    public Task<Ending> TrainAsync(params string[] more) => RunAsync(["train", In("tiny.json"), "--out", Out, .. more]);

    /// <summary>Trains a small model on completions of two steps, which end with semicolons.</summary>
    public async Task TrainStepsAsync()
    {
        string data = Write("steps-sft.data", "prompt,completion\n2+2=,2;4\n3+2=,3;5\n");
        Ending ending = await RunAsync(
            "train", "sft", "--data", data, "--characters", "0123456789+=;", "--model-width", "8", "--model-heads", "2",
            "--model-context", "12", "--steps", "30", "--batch-size", "2", "--learning-rate", "1e-2", "--output", Out, "--quiet");
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        File.Delete(data);
    }

    public static Task<Ending> RunAsync(params string[] args) => RunAsync(args, null);

    public static async Task<Ending> RunAsync(string[] args, IRunExecutor? executor)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = await (executor is null
            ? WorkerApplication.RunAsync(args, output, error)
            : WorkerApplication.RunAsync(args, output, error, executor));
        return new Ending(code, output.ToString(), error.ToString());
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>How the program ended.</summary>
public sealed record Ending(int ExitCode, string Output, string Error);
