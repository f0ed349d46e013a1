using System.CommandLine;
using System.Net;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Serving;
using RlCore.Worker.Hosting;
using RlCore.Worker.Serving;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore serve</c>: answers the clients of OpenAI's API with a model.</summary>
/// <param name="Model">Folder of a checkpoint or of a run; empty for none.</param>
/// <param name="Host">The address to listen on.</param>
/// <param name="Port">The port; null for the usual one.</param>
internal sealed record ServeCommand(string Model, string Host, int? Port) : OneShotCommand
{
    private const int UsualPort = 8080;
    private const long MostBytes = 4 << 20;
    private const string KeyVariable = "RLCORE_SERVE_KEY";

    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(10);

    private const string Examples = """
        Examples:
          rlcore serve --model runs/quickstart
          rlcore serve --model Qwen/Qwen3-0.6B --rows 32 --port 8080
          rlcore serve --reward-model runs/reward
          curl http://localhost:8080/v1/completions -d '{"prompt": "37+58=", "max_tokens": 4, "temperature": 0}'

        Routes: /v1/models, /v1/completions, /v1/chat/completions (for models with a chat template), /v1/score (with a reward model:
        {"prompt", "completion"} gives {"score"}), /health. Clients of OpenAI's API take http://localhost:8080/v1 as their base
        address, and the name that is printed as the model.

        Requests join and leave a running batch. A request draws the same tokens alone and among others: with a seed, an answer can be
        repeated, and is what generate draws with that seed.

        The server listens on this machine alone. With --host 0.0.0.0 others reach it too: set RLCORE_SERVE_KEY to a key that they
        must send.
        """;

    /// <summary>Folder of adapters of the model; empty for none, or for those that its own folder has.</summary>
    public string Adapter { get; init; } = "";

    /// <summary>Folder of a run or of a checkpoint with a reward model; empty for none.</summary>
    public string RewardModel { get; init; } = "";

    /// <summary>Rows of the batch.</summary>
    public int Rows { get; init; }

    /// <summary>Requests that wait.</summary>
    public int Queue { get; init; }

    /// <summary>Maximum tokens of prompt and completion; 0 for the model's.</summary>
    public int Context { get; init; }

    /// <summary>The model's name for clients; empty for that of its folder.</summary>
    public string Name { get; init; } = "";

    /// <summary>Folder below which clients may name models whose weights the served one takes over; empty for none.</summary>
    public string ReloadFrom { get; init; } = "";

    /// <inheritdoc/>
    public override string StopNotice => "Finishing the requests that are being answered. Press Ctrl+C again to stop immediately.";

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var defaults = new TextServiceOptions();
        Option<string> model = Grammar.Model();
        model.Required = false;
        model.DefaultValueFactory = _ => "";
        Option<string> adapter = Grammar.Text("--adapter", "DIR", "LoRA adapters for the model, or a run that has trained them");
        Option<string> reward = Grammar.Text("--reward-model", "DIR", "A run or a checkpoint with a reward model, for /v1/score");
        Option<string> name = Grammar.Text("--name", "TEXT", "The model's name for clients [default: that of its folder]");
        Option<int?> port = Grammar.Port(UsualPort);
        Option<string> host = Grammar.Text("--host", "IP", "Address to listen on", "127.0.0.1");
        var rows = new Option<int>("--rows")
        {
            Description = "Completions that are drawn at once; fewer where their keys and values would take half of the memory",
            HelpName = "N",
            DefaultValueFactory = _ => defaults.Rows,
        };
        var queue = new Option<int>("--queue")
        {
            Description = "Requests that wait; more are refused with 429",
            HelpName = "N",
            DefaultValueFactory = _ => defaults.Queue,
        };
        var context = new Option<int>("--context")
        {
            Description = "Maximum tokens of prompt and completion; 0 for the model's",
            HelpName = "N",
        };
        Option<string> reloadFrom = Grammar.Text(
            "--reload-from", "DIR", "Let clients replace the weights by those of a model within DIR (/v1/reload), as training does");
        var command = new Command("serve", "Answers clients of OpenAI's API with a model")
        {
            model, adapter, reward, name, port, host, rows, queue, context, reloadFrom,
        };
        return grammar.Complete(command, Examples, parsed => new ServeCommand(
            parsed.GetRequiredValue(model), parsed.GetRequiredValue(host), parsed.GetValue(port))
        {
            Adapter = parsed.GetRequiredValue(adapter),
            RewardModel = parsed.GetRequiredValue(reward),
            Rows = parsed.GetValue(rows),
            Queue = parsed.GetValue(queue),
            Context = parsed.GetValue(context),
            Name = parsed.GetRequiredValue(name),
            ReloadFrom = parsed.GetRequiredValue(reloadFrom),
        });
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        bool isAddress = IPAddress.TryParse(Host == "localhost" ? "127.0.0.1" : Host, out IPAddress? address);
        OptionChecks.Require(
            ("--model, --reward-model", "neither", Model.Length + RewardModel.Length > 0, "one of them, or both"),
            ("--adapter", Adapter, Adapter.Length == 0 || Model.Length > 0, "it beside --model"),
            ("--reload-from", ReloadFrom, ReloadFrom.Length == 0 || Model.Length > 0, "it beside --model"),
            OptionChecks.Port(Port),
            ("--host", Host, isAddress, "an IP address, such as 127.0.0.1"),
            ("--rows", Rows, Rows >= 1, "a whole number of at least 1"),
            ("--queue", Queue, Queue >= 1, "a whole number of at least 1"),
            ("--context", Context, Context is 0 or >= 2, "0, or a whole number of at least 2"));
        string key = Environment.GetEnvironmentVariable(KeyVariable) ?? "";
        string served = Adapter.Length > 0 ? Adapter : Model.Length > 0 ? Model : RewardModel;
        var request = new ServeRequest(
            Model.Length > 0 ? Open(context.FindModel(Model, stop)) : null,
            RewardModel.Length > 0 ? ModelFolder.LoadReward(RewardModel) : null,
            Name.Length > 0 ? Name : ModelFolder.NameOf(served),
            key,
            new TextServiceOptions(Rows, Queue, Context),
            new ListeningOptions(address!, Port, UsualPort) { MostBytes = MostBytes, LongestGoodbye = LongestGoodbye })
        {
            ReloadFrom = ReloadFrom.Length > 0 ? Path.GetFullPath(ReloadFrom) : "",
        };
        if (ReloadFrom.Length > 0 && request.Model!.Stored.Adapter is not null)
        {
            throw new InputException(new InputProblem(
                "--reload-from", 0, "", "it with LoRA adapters", "a whole model, such as the one that rlcore merge writes"));
        }

        context.Engine.Run(new ServeWork(
            request,
            () => context.Outputs.Notice("Warming up, so that the first requests are fast."),
            (uri, service) => Report(context.Outputs, request, uri, service),
            TimeProvider.System,
            stop));
        return ExitCodes.Done;
    }

    private ModelFolder Open(string model) => Adapter.Length > 0 ? ModelFolder.LoadAdapted(model, Adapter) : ModelFolder.Load(model);

    private void Report(Outputs outputs, ServeRequest request, Uri address, ITextService? service)
    {
        outputs.Output.WriteLine($"{request.Name} at {address}v1 (Ctrl+C to stop)");
        string[] kinds =
        [
            .. service is null ? Array.Empty<string>()
                : service.Tokenizer.Chat is null ? ["completions (the model has no chat template)"]
                : ["chats", "completions"],
            .. request.Reward is null ? Array.Empty<string>() : ["scores"],
        ];
        string rows = service is null ? "" : $"; {Views.Wording.Count(service.Rows, "row")} of {service.Context} tokens";
        outputs.Output.WriteLine($"{string.Join(", ", kinds)}{rows}");
        if (service?.Rows < Rows)
        {
            outputs.Error.WriteLine($"warning: {service.Rows} rows in place of {Rows}, as memory holds; --context N makes rows shorter");
        }

        if (!IPAddress.IsLoopback(request.Listening.Address) && request.Key.Length == 0)
        {
            outputs.Error.WriteLine($"warning: whoever can reach {address} can use this model; set {KeyVariable} to ask for a key");
        }
    }
}
