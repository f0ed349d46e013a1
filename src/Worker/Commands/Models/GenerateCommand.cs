using RlCore.Trainers.Tokenizers;
using System.CommandLine;
using RlCore.Engines;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Runs;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore generate</c>: completes a prompt.</summary>
/// <param name="Model">Folder of a checkpoint or of a run.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="How">The options; the seed comes from the configuration.</param>
internal sealed record GenerateCommand(string Model, string Prompt, GenerationOptions How) : OneShotCommand
{
    private const string Examples = """
        Examples:
          rlcore generate --model runs/quickstart --prompt "37+58="
          rlcore generate --model runs/quickstart --prompt "37+58=" --temperature 1 --samples 8
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        Option<string> model = Grammar.Model();
        var prompt = new Option<string>("--prompt") { Description = "The prompt", HelpName = "TEXT", Required = true };
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
        var command = new Command("generate", "Completes a prompt, one line per completion")
        {
            model, prompt, samples, temperature, topK, topP, minP, maxTokens, chat,
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
            }));
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        SamplingOptions sampling = How.Sampling;
        bool mayDiffer = How.Samples == 1 || sampling.Temperature > 0;
        OptionChecks.Require(
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
        var work = new GenerationWork(new GenerationRequest(
            context.FindModel(Model, stop), Prompt, How with { Seed = context.Options.Training.Seed ?? How.Seed }));
        foreach (Completion completion in context.Engine.Run(work))
        {
            context.Output.WriteLine(completion.Ended ? completion.Text : $"{completion.Text}…");
        }

        return ExitCodes.Done;
    }
}
