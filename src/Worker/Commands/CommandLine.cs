using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Globalization;
using RlCore.Engines;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Runs;

namespace RlCore.Worker.Commands;

/// <summary>The grammar of the command line, and the help that teaches it.</summary>
internal sealed class CommandLine
{
    private readonly Dictionary<Command, string> _examples = [];
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Seed of everything random, in place of the recipe's", HelpName = "N", Recursive = true };
    private readonly EngineOptions _engine = new();
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Leave out progress; print the result only", Recursive = true };
    private readonly Option<string> _model = new("--model") { Description = "Folder of a run (its latest checkpoint) or of a checkpoint", HelpName = "DIR", Required = true };
    private readonly Option<int> _maxTokens = new("--max-tokens") { Description = "Most tokens of a completion; 0 for as many as the model's context leaves", HelpName = "N" };

    /// <summary>Builds the grammar; each command hands what it reads to <paramref name="run"/>.</summary>
    /// <param name="run">Runs a command under the given configuration, and returns the exit code.</param>
    public RootCommand Build(Func<WorkerCommand, IReadOnlyDictionary<string, string?>, Task<int>> run)
    {
        var root = new RootCommand("""
            Trains language models with reinforcement learning, from CSV files.

            Without a command it runs the quickstart: a small transformer learns two-digit addition, first from
            demonstrations (SFT), then from reward alone (GRPO), and a table shows what each added.
            """)
        {
            _seed, _quiet, new TrainCommandLine(_examples, (command, parsed) => run(command, Configuration(parsed))).Build([_seed, _quiet, .. _engine.All]), Evaluate(run), Generate(run),
        };
        foreach (Command command in new LibraryCommandLine(_examples, (command, parsed) => run(command, Configuration(parsed))).All)
        {
            root.Add(command);
        }

        Command memory = MemoryCommand.Build(_engine, (asked, parsed) => run(asked, Configuration(parsed)));
        _examples[memory] = MemoryCommand.Examples;
        root.Subcommands.Add(memory);
        root.Subcommands.Add(new DataCommandLine(_examples, (asked, parsed) => run(asked, Configuration(parsed))).Build());
        foreach (Option option in _engine.All)
        {
            root.Options.Add(option);
        }

        root.HelpName = "rlcore";
        _examples[root] = $"""
            Examples:
              rlcore
              rlcore train recipes/quickstart.json --set seed=3 --set stages.grpo.steps=50
              rlcore train recipes/quickstart.json --resume
              rlcore train grpo --data data/arithmetic/prompts.csv --start-from runs/quickstart --steps 50 --max-completion-tokens 4
              rlcore eval --model runs/quickstart --data data/arithmetic/eval.csv
              rlcore generate --model runs/quickstart --prompt "37+58="
              rlcore data check data/manners/preferences.csv
              rlcore explain ppo-clip
              rlcore verify

            Configuration: appsettings.json, then environment variables (RLCORE_THREADS=2), then options.

            Exit codes: {ExitCodes.Done} done, {ExitCodes.BadInput} bad input, {ExitCodes.Failed} failure; {ExitCodes.Interrupted} stopped by Ctrl+C and {ExitCodes.Terminated} by SIGTERM, each
            after a checkpoint.
            """;
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExamples((HelpAction)help.Action!, _examples);
        }

        root.SetAction(parsed => run(new WorkerCommand.Train("", [], "", Resume: false), Configuration(parsed)));
        return root;
    }

    private Command Evaluate(Func<WorkerCommand, IReadOnlyDictionary<string, string?>, Task<int>> run)
    {
        var data = new Option<string>("--data") { Description = "CSV file with the columns prompt,answer", HelpName = "CSV", Required = true };
        var samples = new Option<int>("--samples") { Description = "Samples a prompt for mean@n, pass@k and maj@k; 0 for greedy only", HelpName = "N", DefaultValueFactory = _ => 8 };
        var reward = new Option<IReadOnlyList<RewardSettings>>("--reward") { Description = "What makes a completion right, as recipes say it: numeric (the default), exact, or JSON", HelpName = "REWARD", CustomParser = ReadRewards, DefaultValueFactory = _ => [new RewardSettings.Numeric()] };
        var rewardModel = new Option<string>("--reward-model") { Description = "Run or checkpoint whose reward model chooses among samples: adds best@k", HelpName = "DIR", DefaultValueFactory = _ => "" };
        var output = new Option<string>("--output") { Description = "Also writes a CSV file with a row a prompt: completion, right or wrong, samples right, majority", HelpName = "FILE.csv", DefaultValueFactory = _ => "" };
        var command = new Command("eval", "Evaluates a model on known answers: greedy, mean@n, pass@k, maj@k, with 95 % intervals") { _model, data, samples, reward, rewardModel, _maxTokens, output };
        _examples[command] = """
            Examples:
              rlcore eval --model runs/quickstart --data data/arithmetic/eval.csv --samples 8
              rlcore eval --model runs/quickstart --data data/arithmetic/eval.csv --samples 64 --output prompts.csv
              rlcore eval --model runs/quickstart --data data/arithmetic/eval.csv --reward-model runs/reward

            greedy   the most probable token at every position
            mean@n   mean over n samples at temperature 1
            pass@k   one of k samples is right
            maj@k    the answer that most of k samples give is right: equal numbers are one answer (--reward exact: equal
                     texts), a sample without an answer does not vote, a tie is drawn by lot
            best@k   the sample that the reward model scores highest among k is right (with --reward-model)
            pass@k, maj@k and best@k are the means over all subsets of k of the n samples, so they are unbiased. Intervals are
            Wilson's at 95 %, with prompts as clusters of samples.
            """;
        command.SetAction(parsed => run(
            new WorkerCommand.Evaluate(new EvaluationRequest(parsed.GetRequiredValue(_model), parsed.GetRequiredValue(data))
            {
                Samples = parsed.GetValue(samples),
                Rewards = parsed.GetRequiredValue(reward),
                RewardModel = parsed.GetRequiredValue(rewardModel),
                MaxTokens = parsed.GetValue(_maxTokens),
            }, parsed.GetRequiredValue(output)),
            Configuration(parsed)));
        return command;
    }

    private static IReadOnlyList<RewardSettings> ReadRewards(ArgumentResult typed)
    {
        try
        {
            return RecipeReader.ParseRewards(typed.Tokens[0].Value, "--reward");
        }
        catch (InputException problem)
        {
            typed.AddError(problem.Message);
            return [];
        }
    }

    private Command Generate(Func<WorkerCommand, IReadOnlyDictionary<string, string?>, Task<int>> run)
    {
        var prompt = new Option<string>("--prompt") { Description = "The prompt", HelpName = "TEXT", Required = true };
        var samples = new Option<int>("--samples") { Description = "Completions", HelpName = "N", DefaultValueFactory = _ => 1 };
        var temperature = new Option<double>("--temperature") { Description = "Divides the logits; 0 takes the most probable token", HelpName = "X", DefaultValueFactory = _ => 0 };
        var topK = new Option<int>("--top-k") { Description = "Keeps the k most probable tokens; 0 keeps all", HelpName = "K" };
        var topP = new Option<double>("--top-p") { Description = "Keeps the most probable tokens of this mass together; 1 keeps all", HelpName = "P", DefaultValueFactory = _ => 1 };
        var minP = new Option<double>("--min-p") { Description = "Keeps tokens of at least this fraction of the largest probability", HelpName = "P" };
        var command = new Command("generate", "Completes a prompt, one line a completion") { _model, prompt, samples, temperature, topK, topP, minP, _maxTokens };
        _examples[command] = """
            Examples:
              rlcore generate --model runs/quickstart --prompt "37+58="
              rlcore generate --model runs/quickstart --prompt "37+58=" --temperature 1 --samples 8
            """;
        command.SetAction(parsed => run(
            new WorkerCommand.Generate(new GenerationRequest(parsed.GetRequiredValue(_model), parsed.GetRequiredValue(prompt))
            {
                Samples = parsed.GetValue(samples),
                MaxTokens = parsed.GetValue(_maxTokens),
                Sampling = new SamplingOptions
                {
                    Temperature = parsed.GetValue(temperature),
                    TopK = parsed.GetValue(topK),
                    TopP = parsed.GetValue(topP),
                    MinP = parsed.GetValue(minP),
                },
            }),
            Configuration(parsed)));
        return command;
    }

    // Options that were not given say nothing, so that the environment and appsettings.json are heard.
    private Dictionary<string, string?> Configuration(ParseResult parsed)
    {
        var values = new Dictionary<string, string?>();
        if (parsed.GetValue(_seed) is { } seed)
        {
            values[nameof(WorkerOptions.Seed)] = seed.ToString(CultureInfo.InvariantCulture);
        }

        _engine.Read(parsed, values);
        if (parsed.GetValue(_quiet))
        {
            values[nameof(WorkerOptions.Quiet)] = "true";
        }

        return values;
    }
}
