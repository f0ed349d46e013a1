using System.CommandLine;
using System.Net;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Worker.Hosting;
using RlCore.Worker.Watching;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore watch</c>: serves a page of runs.</summary>
/// <param name="Folders">Runs, or folders of runs; none for the configured folder of runs.</param>
/// <param name="Address">The address to listen on.</param>
/// <param name="Port">The port; null for the usual one.</param>
internal sealed record WatchCommand(IReadOnlyList<string> Folders, string Address, int? Port) : OneShotCommand
{

    private const string Examples = """
        Examples:
          rlcore watch
          rlcore watch runs/quickstart runs/quickstart-2
          rlcore train recipes/quickstart.json --watch

        The page shows the curves of every metric, live while a run goes on, and its samples, evaluations, warnings and recipe. Select
        several runs to lay them over each other. Press ? in the page for its keys.

        The page is served to this machine only. From another one, use a tunnel, such as
          ssh -L 4270:localhost:4270 HOST
        """;

    /// <inheritdoc/>
    public override string StopNotice => "";

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var folders = new Argument<string[]>("DIR")
        {
            Description = "Runs, or folders that contain runs [default: runs]",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<int?> port = Grammar.Port(WatchServer.UsualPort);
        Option<string> address = Grammar.Text(
            "--address", "IP", "Address to listen on; whoever can reach it can read the runs", "127.0.0.1");
        var command = new Command("watch", "Shows runs in a browser: curves, samples, evaluations, warnings and recipes, live")
        {
            folders, port, address,
        };
        return grammar.Complete(command, Examples, parsed => new WatchCommand(
            parsed.GetValue(folders) ?? [], parsed.GetRequiredValue(address), parsed.GetValue(port)));
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        bool isAddress = IPAddress.TryParse(Address, out IPAddress? address);
        OptionChecks.Require(
            OptionChecks.Port(Port),
            ("--address", Address, isAddress, "an IP address, such as 127.0.0.1"));
        string usual = Path.GetFullPath(context.Options.Training.Runs);
        var catalogue = new RunCatalogue(Folders.Count > 0 ? [.. Folders.Select(RequireFolder)] : [usual]);
        int count = catalogue.Scan().Count;
        return ServeAsync(context, catalogue, count, address!, stop).GetAwaiter().GetResult();
    }

    private async Task<int> ServeAsync(
        CommandContext context, RunCatalogue catalogue, int count, IPAddress address, CancellationToken stop)
    {
        LocalServer server = await WatchServer.StartAsync(catalogue, address, Port).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            context.Output.WriteLine($"{Views.Wording.Count(count, "run")} in {catalogue.Title}: {server.Address} (Ctrl+C to stop)");
            if (!IPAddress.IsLoopback(address))
            {
                context.Outputs.Error.WriteLine($"warning: whoever can reach {server.Address} can read these runs");
            }

            await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }

        return ExitCodes.Done;
    }

    private static string RequireFolder(string folder)
    {
        string full = Path.GetFullPath(folder);
        return Directory.Exists(full)
            ? full
            : throw new InputException(new InputProblem(
                "watch", 0, "", $"{full}, which is {(File.Exists(full) ? "a file" : "not there")}", "the folder of a run, or one of runs"));
    }
}
