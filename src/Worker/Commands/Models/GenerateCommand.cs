using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Tokenizers;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore generate</c>: completes a prompt, or the prompts of a file.</summary>
/// <param name="Model">Folder of a checkpoint or of a run.</param>
/// <param name="Prompt">The prompt; empty for those of a file.</param>
/// <param name="How">The options; the seed comes from the configuration.</param>
internal sealed record GenerateCommand(string Model, string Prompt, GenerationOptions How) : OneShotCommand
{
    private const string Examples = """
        Examples:
          rlcore generate --model runs/quickstart --prompt "37+58="
          rlcore generate --model runs/quickstart --prompt "37+58=" --temperature 1 --samples 8
          rlcore generate --model runs/quickstart --prompts data/arithmetic/eval.csv --json > completions.jsonl

        With --json, each completion is a line {"prompt", "sample", "completion", "ended", "logProb"}: whether the model ended it, and
        its log-prob in nats, for a greedy one that of the model itself. The model is loaded once for all prompts.
        """;

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>CSV file with prompts; empty for one prompt.</summary>
    public string PromptFile { get; init; } = "";

    /// <summary>The column of the prompts.</summary>
    public string Column { get; init; } = "prompt";

    /// <summary>Whether completions are written as JSON Lines.</summary>
    public bool AsJson { get; init; }

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        Option<string> model = Grammar.Model();
        Option<string> prompt = Grammar.Text("--prompt", "TEXT", "The prompt");
        Option<string> prompts = Grammar.Text("--prompts", "CSV", "A CSV file with prompts, each of which is completed");
        Option<string> column = Grammar.Text("--column", "NAME", "The column of the prompts in that file", "prompt");
        var json = new Option<bool>("--json") { Description = "Write JSON Lines, with prompt and log-prob, in place of text" };
        var samples = new Option<int>("--samples") { Description = "Completions", HelpName = "N", DefaultValueFactory = _ => 1 };
        var temperature = new Option<double>("--temperature")
        {
            Description = "Divides the logits; 0 takes the most probable token",
            HelpName = "X",
            DefaultValueFactory = _ => 0,
        };
        var topK = new Option<int>("--top-k") { Description = "Keeps the k most probable tokens; 0 keeps all", HelpName = "K" };
        var topP = new Option<double>("--top-p")
        {
            Description = "Keeps the most probable tokens up to this total probability; 1 keeps all",
            HelpName = "P",
            DefaultValueFactory = _ => 1,
        };
        var minP = new Option<double>("--min-p")
        {
            Description = "Keeps tokens of at least this fraction of the largest probability",
            HelpName = "P",
        };
        Option<int> maxTokens = Grammar.MaxTokens();
        Option<ChatUse> chat = Grammar.Chat();
        var command = new Command("generate", "Completes a prompt, or those of a file: one line per completion")
        {
            model, prompt, prompts, column, json, samples, temperature, topK, topP, minP, maxTokens, chat,
        };
        return grammar.Complete(command, Examples, parsed => new GenerateCommand(
            parsed.GetRequiredValue(model),
            parsed.GetRequiredValue(prompt),
            new GenerationOptions
            {
                Samples = parsed.GetValue(samples),
                MaxTokens = parsed.GetValue(maxTokens),
                Chat = parsed.GetValue(chat),
                Sampling = new SamplingOptions
                {
                    Temperature = parsed.GetValue(temperature),
                    TopK = parsed.GetValue(topK),
                    TopP = parsed.GetValue(topP),
                    MinP = parsed.GetValue(minP),
                },
            })
        {
            PromptFile = parsed.GetRequiredValue(prompts),
            Column = parsed.GetRequiredValue(column),
            AsJson = parsed.GetValue(json),
        });
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        SamplingOptions sampling = How.Sampling;
        bool mayDiffer = How.Samples == 1 || sampling.Temperature > 0;
        OptionChecks.Require(
            (
                "--prompt, --prompts",
                Prompt.Length > 0 ? "both" : "neither",
                Prompt.Length > 0 != PromptFile.Length > 0,
                "one of them: a text, or a CSV file"),
            ("--samples", How.Samples, How.Samples >= 1, "a whole number of at least 1"),
            ("--max-tokens", How.MaxTokens, How.MaxTokens >= 0, "a whole number of at least 0"),
            (
                "--temperature",
                sampling.Temperature,
                sampling.Temperature >= 0 && double.IsFinite(sampling.Temperature),
                "a number of at least 0"),
            ("--top-k", sampling.TopK, sampling.TopK >= 0, "a whole number of at least 0"),
            ("--top-p", sampling.TopP, sampling.TopP is > 0 and <= 1, "a number above 0 and at most 1"),
            ("--min-p", sampling.MinP, sampling.MinP is >= 0 and < 1, "a number from 0 to below 1"),
            ("--samples", How.Samples, mayDiffer, "1 at temperature 0, as all completions are the same; or --temperature 1"));
        string[] prompts = Prompt.Length > 0 ? [Prompt] : ReadPrompts();
        var request = new GenerationRequest(
            context.FindModel(Model, stop), prompts, How with { Seed = context.Options.Training.Seed ?? How.Seed });
        context.Engine.Run(new GenerationWork(
            request, (index, completions) => Write(context.Output, prompts[index], completions), stop));
        return ExitCodes.Done;
    }

    private string[] ReadPrompts()
    {
        var checks = new DatasetChecks { Columns = new ColumnNames { Prompt = Column }, OptionalAnswers = true };
        return [.. Dataset.LoadQuestions(InputFiles.Resolve(PromptFile), checks).Select(row => row.Prompt)];
    }

    private void Write(TextWriter output, string prompt, IReadOnlyList<Completion> completions)
    {
        foreach (var (sample, completion) in completions.Index())
        {
            output.WriteLine(AsJson
                ? JsonSerializer.Serialize(
                    new { prompt, sample, completion = completion.Text, ended = completion.Ended, logProb = completion.LogProb }, Relaxed)
                : completion.Ended ? completion.Text : $"{completion.Text}…");
        }
    }
}
