using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
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
          rlcore generate --model Qwen/Qwen2.5-0.5B-Instruct --interactive --temperature 0.7 --top-p 0.8

        With --json, each completion is a line {"prompt", "sample", "completion", "ended", "logProb"}: whether the model ended it, and
        its log-prob in nats, for a greedy one that of the model itself. The model is loaded once for all prompts.

        With --interactive, lines are answered while they are typed or come from a pipe, in the model's chat template where it has one,
        each with those before it. Ctrl+C stops an answer; Ctrl+D, /exit or Ctrl+C twice leaves; /help lists the other commands.
        """;

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>CSV file with prompts; empty for one prompt.</summary>
    public string PromptFile { get; init; } = "";

    /// <summary>The column of the prompts.</summary>
    public string Column { get; init; } = "prompt";

    /// <summary>Whether completions are written as JSON Lines.</summary>
    public bool AsJson { get; init; }

    /// <summary>Whether lines are answered, in place of prompts.</summary>
    public bool Interactive { get; init; }

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        Option<string> model = Grammar.Model();
        Option<string> prompt = Grammar.Text("--prompt", "TEXT", "The prompt");
        Option<string> prompts = Grammar.Text("--prompts", "CSV", "A CSV file with prompts, each of which is completed");
        Option<string> column = Grammar.Text("--column", "NAME", "The column of the prompts in that file", "prompt");
        var interactive = new Option<bool>("--interactive") { Description = "Converse: answer lines of the terminal or of a pipe" };
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
            model, prompt, prompts, interactive, column, json, samples, temperature, topK, topP, minP, maxTokens, chat,
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
            Interactive = parsed.GetValue(interactive),
        });
    }

    /// <inheritdoc/>
    public override TrainingBuilder AddTo(IServiceCollection services, Func<IServiceProvider, TrainingOptions> read)
    {
        if (Interactive)
        {
            Interrupts.Use(services);
        }

        return base.AddTo(services, read);
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        CheckOptions();
        GenerationOptions how = How with { Seed = context.Options.Training.Seed ?? How.Seed };
        if (Interactive)
        {
            context.Engine.Run(new ConversationWork(context.FindModel(Model, stop), how, talk => Converse(talk, context, stop)));
            return ExitCodes.Done;
        }

        string[] prompts = Prompt.Length > 0 ? [Prompt] : ReadPrompts();
        context.Engine.Run(new GenerationWork(
            new GenerationRequest(context.FindModel(Model, stop), prompts, how),
            (index, completions) => Write(context.Output, prompts[index], completions),
            stop));
        return ExitCodes.Done;
    }

    private static void Converse(IConversation conversation, CommandContext context, CancellationToken stop)
    {
        using var chat = new InteractiveChat(conversation, Console.In, context.Outputs, context.Options.Quiet);
        using IDisposable taking = context.Interrupts.TakeBy(chat.Interrupt);
        chat.Run(stop);
    }

    private void CheckOptions()
    {
        SamplingOptions sampling = How.Sampling;
        bool mayDiffer = How.Samples == 1 || sampling.Temperature > 0;
        string[] given =
        [
            .. Prompt.Length > 0 ? ["--prompt"] : Array.Empty<string>(),
            .. PromptFile.Length > 0 ? ["--prompts"] : Array.Empty<string>(),
            .. Interactive ? ["--interactive"] : Array.Empty<string>(),
        ];
        OptionChecks.Require(
            (
                "--prompt, --prompts, --interactive",
                given.Length == 0 ? "none" : string.Join(" and ", given),
                given.Length == 1,
                "one of them: a text, a CSV file, or a conversation"),
            ("--json", "it, with --interactive", !(AsJson && Interactive), "one of the two"),
            ("--samples", How.Samples, How.Samples == 1 || !Interactive, "1, as a conversation has one answer at a time"),
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
            (
                "--samples",
                How.Samples,
                mayDiffer || Interactive,
                "1 at temperature 0, as all completions are the same; or --temperature 1"));
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
